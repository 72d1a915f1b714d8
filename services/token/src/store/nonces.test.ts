import { createCipheriv, randomBytes } from 'node:crypto'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { FakeModel } from './fake-model.fixture.js'
import { createNonceStore, type NonceStore, type SealedSecrets } from './nonces.js'

const sealingKey = randomBytes(32)
/** Epoch seconds at the start of a window. */
const NOW = 1_800_000_000

function seal(id: number, { key = sealingKey, aad = `dpop-nonce:${id}`, secret = randomBytes(32) } = {}) {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(aad))
  const sealed = Buffer.concat([iv, cipher.update(secret), cipher.final(), cipher.getAuthTag()]).toString('base64url')
  return { id, sealed }
}

let model: FakeModel<SealedSecrets>
let nonces: NonceStore
const current = (now = NOW): string => nonces.current(now) ?? ''
beforeEach(() => {
  model = new FakeModel()
  nonces = createNonceStore(model, sealingKey)
})

describe('nonces', () => {
  it('there are none before a secret is known', () => {
    expect([nonces.hasSecret(), nonces.current(NOW)]).toEqual([false, undefined])
    expect(nonces.check('anything', NOW)).toBe('stale')
    expect(nonces.check(undefined, NOW)).toBe('missing')
  })

  it('are good in their window and the next, then stale (D04)', () => {
    model.set({ secrets: [seal(1)] })
    const nonce = current()
    expect([0, 59, 60, 119].map((seconds) => nonces.check(nonce, NOW + seconds))).toEqual(['ok', 'ok', 'ok', 'ok'])
    expect(nonces.check(nonce, NOW + 120)).toBe('stale')
  })

  it('are the same on every replica with the same secret', () => {
    const secrets = [seal(7, { secret: Buffer.alloc(32, 1) })]
    model.set({ secrets })
    const other = new FakeModel<SealedSecrets>()
    const replica = createNonceStore(other, sealingKey)
    other.set({ secrets: [seal(7, { secret: Buffer.alloc(32, 1) })] })
    expect(replica.current(NOW)).toBe(current())
    expect(replica.check(current(), NOW + 30)).toBe('ok')
  })

  it('of a replica whose clock is ahead are taken', () => {
    model.set({ secrets: [seal(1)] })
    const ahead = current(NOW + 60)
    expect(nonces.check(ahead, NOW)).toBe('ok')
  })

  it('come from the newest secret, and those of the previous one stay good (rotation)', () => {
    const old = seal(1)
    model.set({ secrets: [old] })
    const before = current()
    model.set({ secrets: [seal(2), old] })
    expect(current()).not.toBe(before)
    expect([nonces.check(before, NOW), nonces.check(current(), NOW)]).toEqual(['ok', 'ok'])
    model.set({ secrets: [seal(3)] })
    expect(nonces.check(before, NOW)).toBe('stale')
  })

  it('foreign and altered ones are stale', () => {
    model.set({ secrets: [seal(1)] })
    const nonce = current()
    for (const other of ['', 'x', `${nonce}A`, nonce.slice(0, -2), nonce.replace('t', 'r'), 'n'.repeat(500)]) {
      expect(nonces.check(other, NOW)).toBe('stale')
    }
  })

  it('a secret sealed under another key or for another id does not open', () => {
    const { sealed } = seal(1)
    model.set({
      secrets: [seal(1, { key: randomBytes(32) }), seal(2, { aad: 'dpop-nonce:3' }), { id: 4, sealed: 'AAAA' }],
    })
    expect(nonces.hasSecret()).toBe(false)
    model.set({ secrets: [{ id: 1, sealed }] })
    expect(nonces.hasSecret()).toBe(true)
    model.set(null)
    expect(nonces.hasSecret()).toBe(false)
  })
})
