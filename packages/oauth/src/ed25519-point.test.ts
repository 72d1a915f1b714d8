import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { isEd25519Point } from './ed25519-point.js'
import { importPublicJwk } from './jwk.js'
import { expectRefusal } from './keys.fixture.js'

/** RFC 8032's points of order 1, 2, 4 and 8, and encodings of them that are not canonical. */
const SMALL_ORDER = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
]

describe('isEd25519Point', () => {
  it('E03 refuses points of small order and encodings that are not canonical', () => {
    for (const [i, hex] of SMALL_ORDER.entries()) {
      expect({ hex, ok: isEd25519Point(smallOrder(i)) }).toEqual({ hex, ok: false })
    }
  })

  it('takes generated keys', () => {
    for (let i = 0; i < 20; i++) {
      const { x } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
      expect(isEd25519Point(String(x))).toBe(true)
    }
  })

  it('E03 refuses about half of all 32-byte strings, which OpenSSL would take', () => {
    const refused = Array.from({ length: 200 }, (_, i) =>
      Buffer.alloc(32, 0)
        .fill(i + 2, 0, 1)
        .toString('base64url'),
    ).filter((x) => !isEd25519Point(x))
    expect(refused.length).toBeGreaterThan(60)
    expect(refused.length).toBeLessThan(140)
    expect(createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: refused[0] ?? '' }, format: 'jwk' }).type).toBe(
      'public',
    )
    expectRefusal(
      () => importPublicJwk({ kty: 'OKP', crv: 'Ed25519', x: refused[0] }),
      'invalid_client_metadata',
      'usable point',
    )
  })

  it('refuses other lengths', () => {
    expect(['', 'AA', Buffer.alloc(33, 1).toString('base64url'), '!'].map(isEd25519Point)).toEqual([
      false,
      false,
      false,
      false,
    ])
  })
})

function smallOrder(i: number): string {
  return Buffer.from(SMALL_ORDER[i] ?? '', 'hex').toString('base64url')
}
