import { createSecretKey } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { checkNonce, issueNonce, nonceWindow, type NonceSecret, type NonceVerdict } from './dpop-nonce.js'
import { ADVERSARIAL, NOW } from './keys.fixture.js'

const current: NonceSecret = { id: 's2', secret: createSecretKey(Buffer.alloc(32, 2)) }
const previous: NonceSecret = { id: 's1', secret: Buffer.alloc(32, 1) }
const secrets = [current, previous]
const WINDOW = nonceWindow(NOW)

function check(nonce: string | undefined, now = NOW): NonceVerdict {
  return checkNonce(nonce, { secrets, purpose: 'token', now })
}

describe('DPoP nonce', () => {
  it('is the same for the same arguments', () => {
    expect(issueNonce(current, 'token', WINDOW)).toBe(issueNonce({ ...current }, 'token', WINDOW))
    expect(nonceWindow(119)).toBe(1)
    expect(nonceWindow(120)).toBe(2)
  })

  it('keeps to the characters of RFC 9449 section 8.1 and is short', () => {
    const nonce = issueNonce(current, 'token', WINDOW)
    expect(nonce).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]+$/)
    expect(nonce.length).toBeLessThan(60)
    expect(Buffer.from(nonce.split('.')[2] ?? '', 'base64url').length).toBeGreaterThanOrEqual(16)
  })

  it('is good in its own and in the next window', () => {
    const nonce = issueNonce(current, 'token', WINDOW)
    for (const now of [WINDOW * 60, WINDOW * 60 + 59, WINDOW * 60 + 60, WINDOW * 60 + 119])
      expect(check(nonce, now)).toBe('ok')
  })

  it('D04 is stale after that', () => {
    const nonce = issueNonce(current, 'token', WINDOW)
    for (const now of [WINDOW * 60 + 120, WINDOW * 60 + 180, WINDOW * 60 + 86_400])
      expect(check(nonce, now)).toBe('stale')
  })

  it('is good one window early, for a replica whose clock is behind, and not two', () => {
    expect(check(issueNonce(current, 'token', WINDOW + 1))).toBe('ok')
    expect(check(issueNonce(current, 'token', WINDOW + 2))).toBe('stale')
  })

  it('takes the previous secret and no unknown one', () => {
    expect(check(issueNonce(previous, 'token', WINDOW))).toBe('ok')
    expect(check(issueNonce({ id: 's0', secret: Buffer.alloc(32, 0) }, 'token', WINDOW))).toBe('stale')
    expect(check(issueNonce({ id: 's2', secret: Buffer.alloc(32, 9) }, 'token', WINDOW))).toBe('stale')
    expect(check(issueNonce({ id: 's1', secret: current.secret }, 'token', WINDOW))).toBe('stale')
    expect(checkNonce(issueNonce(current, 'token', WINDOW), { secrets: [], purpose: 'token', now: NOW })).toBe('stale')
  })

  it('takes numeric ids', () => {
    const numbered = [{ id: 7, secret: Buffer.alloc(32, 7) }]
    const nonce = issueNonce({ id: 7, secret: Buffer.alloc(32, 7) }, 'resource', WINDOW)
    expect(checkNonce(nonce, { secrets: numbered, purpose: 'resource', now: NOW })).toBe('ok')
  })

  it("one purpose's nonce is stale to another", () => {
    for (const purpose of ['resource', 'attestation'] as const) {
      const nonce = issueNonce(current, purpose, WINDOW)
      expect(check(nonce)).toBe('stale')
      expect(check(nonce.replace(/^./, 't'))).toBe('stale')
      expect(checkNonce(nonce, { secrets, purpose, now: NOW })).toBe('ok')
    }
  })

  it('tells missing from stale', () => {
    expect(check(undefined)).toBe('missing')
    expect(check('')).toBe('stale')
  })

  it('refuses every change, cut and addition', () => {
    const nonce = issueNonce(current, 'token', WINDOW)
    for (let i = 0; i < nonce.length; i++) {
      expect(check(nonce.slice(0, i))).toBe('stale')
      const changed = Buffer.from(nonce)
      changed[i] = (changed[i] ?? 0) ^ 1
      expect(check(changed.toString('latin1'))).toBe('stale')
    }
    for (const longer of [`${nonce}=`, `${nonce}A`, ` ${nonce}`, `${nonce}.`, `${nonce}${'A'.repeat(300)}`])
      expect(check(longer)).toBe('stale')
  })

  it('E07 answers stale to adversarial and random text', () => {
    for (const text of ADVERSARIAL) {
      expect(check(text)).toBe('stale')
      expect(check(`t${WINDOW.toString(36)}.s2.${text}`)).toBe('stale')
      expect(check(`t${WINDOW.toString(36)}.s2.${text.slice(0, 100)}`)).toBe('stale')
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(check(text)).toBe('stale')
      }),
    )
  })
})
