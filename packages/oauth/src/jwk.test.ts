import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { calculateJwkThumbprint } from 'jose'
import { importPublicJwk, jwkThumbprint } from './jwk.js'
import { ADVERSARIAL, ecKey, edKey, expectRefusal, resultOrRefusal, rsaKey } from './keys.fixture.js'
import { OAuthError } from './oauth-error.js'

const rsa = rsaKey()
const ec = ecKey()
const ed = edKey()

/** RFC 7638, section 3.1. */
const RFC7638_KEY = {
  kty: 'RSA',
  n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
  e: 'AQAB',
  alg: 'RS256',
  kid: '2011-04-29',
}

describe('jwkThumbprint', () => {
  it('RFC 7638 section 3.1', () => {
    expect(jwkThumbprint(RFC7638_KEY)).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
  })

  it('RFC 8037 appendix A.3', () => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
    expect(jwkThumbprint(jwk)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
  })

  it('agrees with jose for every kind of key, and the import carries it', async () => {
    for (const key of [rsa, ec, ecKey('P-384'), ecKey('P-521'), ed]) {
      const wanted = await calculateJwkThumbprint(key.jwk)
      expect(jwkThumbprint({ ...key.jwk, kid: 'x', use: 'sig' })).toBe(wanted)
      expect(importPublicJwk(key.jwk).thumbprint).toBe(wanted)
    }
  })

  it.each([undefined, null, 'a', [], {}, { kty: 'oct', k: 'AA' }])('refuses %j', (jwk) => {
    expectRefusal(() => jwkThumbprint(jwk), 'invalid_client_metadata')
  })
})

describe('importPublicJwk', () => {
  it('imports each kind with its algorithms', () => {
    expect(importPublicJwk(rsa.jwk)).toMatchObject({
      kty: 'RSA',
      crv: undefined,
      kid: undefined,
      algs: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
      weak: true,
    })
    expect(importPublicJwk({ ...ec.jwk, kid: 'k1' })).toMatchObject({
      kty: 'EC',
      crv: 'P-256',
      kid: 'k1',
      algs: ['ES256'],
      weak: false,
    })
    expect(importPublicJwk(ecKey('P-384').jwk)).toMatchObject({ crv: 'P-384', algs: ['ES384'] })
    expect(importPublicJwk(ecKey('P-521').jwk)).toMatchObject({ crv: 'P-521', algs: ['ES512'] })
    expect(importPublicJwk(ed.jwk)).toMatchObject({
      kty: 'OKP',
      crv: 'Ed25519',
      algs: ['EdDSA', 'Ed25519'],
      weak: false,
    })
    expect(importPublicJwk(ec.jwk).key.equals(ec.publicKey)).toBe(true)
  })

  it('narrows the algorithms to the one that the JWK names', () => {
    expect(importPublicJwk({ ...rsa.jwk, alg: 'PS256' }).algs).toEqual(['PS256'])
    expect(importPublicJwk({ ...ed.jwk, alg: 'EdDSA' }).algs).toEqual(['EdDSA', 'Ed25519'])
    expect(importPublicJwk({ ...ed.jwk, alg: 'Ed25519' }).algs).toEqual(['EdDSA', 'Ed25519'])
    for (const alg of ['ES256', 'RSA-OAEP', 'none', 'HS256', 1, null, '']) {
      expectRefusal(() => importPublicJwk({ ...rsa.jwk, alg }), 'invalid_client_metadata', 'alg')
    }
    expectRefusal(() => importPublicJwk({ ...ec.jwk, alg: 'ES384' }), 'invalid_client_metadata', 'alg')
    expectRefusal(() => importPublicJwk({ ...ed.jwk, alg: 'ES256' }), 'invalid_client_metadata', 'alg')
  })

  it('flags RSA below 3072 bits', () => {
    expect(importPublicJwk(rsaKey(3072).jwk).weak).toBe(false)
    expect(importPublicJwk(rsaKey(3064).jwk).weak).toBe(true)
  })

  it('E03 refuses RSA below 2048 bits', () => {
    expectRefusal(() => importPublicJwk(rsaKey(1024).jwk), 'invalid_client_metadata', '1024 bits')
    expectRefusal(() => importPublicJwk(rsaKey(2040).jwk), 'invalid_client_metadata', '2040 bits')
    expectRefusal(
      () => importPublicJwk(modulus(Buffer.from([0x7f, ...Array<number>(254).fill(0xff), 0x01]))),
      'invalid_client_metadata',
      '2047 bits',
    )
  })

  it('refuses RSA moduli and exponents that no one should have', () => {
    const n = Buffer.from(String(rsa.jwk['n']), 'base64url')
    const cases: [object, RegExp][] = [
      [modulus(Buffer.concat([Buffer.alloc(1), n])), /leading zeros/],
      [modulus(Buffer.concat([n.subarray(0, -1), Buffer.from([2])])), /even/],
      [modulus(Buffer.alloc(1025, 0xff)), /more than 8192/],
      [modulus(Buffer.alloc(100_000, 0xff)), /n and e/],
      [modulus(Buffer.alloc(0)), /leading zeros/],
      [{ ...rsa.jwk, n: `${String(rsa.jwk['n'])}=` }, /leading zeros/],
      [{ ...rsa.jwk, n: undefined }, /n and e/],
      [{ ...rsa.jwk, n: 5 }, /n and e/],
      [{ ...rsa.jwk, e: undefined }, /n and e/],
    ]
    for (const [jwk, text] of cases) expectRefusal(() => importPublicJwk(jwk), 'invalid_client_metadata', text)
    for (const e of ['', 'AA', 'AQ', 'Aw', 'AAEAAQ', 'AQAA', 'AQAC', 'AQAAAAE', 'AQAB=']) {
      expectRefusal(() => importPublicJwk({ ...rsa.jwk, e }), 'invalid_client_metadata', /exponent|leading/)
    }
    expect(importPublicJwk({ ...rsa.jwk, e: '_____w' }).kty).toBe('RSA')
  })

  it('E03 refuses points off the curve, of another curve and with short or long coordinates', () => {
    const { x, y } = ec.jwk as { x: string; y: string }
    const flipped = Buffer.from(y, 'base64url')
    flipped[31] = (flipped[31] ?? 0) ^ 1
    const zero = Buffer.alloc(32).toString('base64url')
    const p384 = ecKey('P-384').jwk
    const off = [
      { ...ec.jwk, y: flipped.toString('base64url') },
      { ...ec.jwk, x: y, y: x },
      { ...ec.jwk, x: zero, y: zero },
      { ...ec.jwk, x: Buffer.alloc(32, 0xff).toString('base64url') },
    ]
    for (const jwk of off) expectRefusal(() => importPublicJwk(jwk), 'invalid_client_metadata', 'curve')
    const shape = [
      { ...ec.jwk, crv: 'P-384' },
      { ...p384, crv: 'P-256' },
      { ...ec.jwk, x: Buffer.from(x, 'base64url').subarray(1).toString('base64url') },
      { ...ec.jwk, x: Buffer.concat([Buffer.alloc(1), Buffer.from(x, 'base64url')]).toString('base64url') },
      { ...ec.jwk, x: `${x}=` },
      { ...ec.jwk, y: undefined },
      { ...ec.jwk, x: 7 },
    ]
    for (const jwk of shape) expectRefusal(() => importPublicJwk(jwk), 'invalid_client_metadata')
    for (const crv of ['secp256k1', 'P-192', 'brainpoolP256r1', '__proto__', undefined, ['P-256']]) {
      expectRefusal(() => importPublicJwk({ ...ec.jwk, crv }), 'invalid_client_metadata', 'P-256, P-384 or P-521')
    }
  })

  it.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'])(
    'D05 refuses the private member %s, even empty',
    (name) => {
      expectRefusal(
        () => importPublicJwk({ ...ec.jwk, [name]: '' }),
        'invalid_client_metadata',
        `private member ${name}`,
      )
      expectRefusal(() => importPublicJwk({ ...rsa.jwk, [name]: undefined }), 'invalid_client_metadata', name)
    },
  )

  it('D05 refuses a symmetric key', () => {
    expectRefusal(() => importPublicJwk({ kty: 'oct', k: 'AAAA' }), 'invalid_client_metadata', 'shared secret')
    expectRefusal(() => importPublicJwk({ kty: 'oct' }), 'invalid_client_metadata', 'shared secret')
  })

  it('refuses other key types and curves', () => {
    for (const kty of [undefined, 'AKP', 'rsa', '__proto__', 1, ['RSA']]) {
      expectRefusal(() => importPublicJwk({ ...ec.jwk, kty }), 'invalid_client_metadata', 'kty')
    }
    for (const crv of ['X25519', 'Ed448', 'ed25519', undefined]) {
      expectRefusal(() => importPublicJwk({ ...ed.jwk, crv }), 'invalid_client_metadata', 'Ed25519')
    }
    expectRefusal(() => importPublicJwk({ ...ed.jwk, x: 'AAAA' }), 'invalid_client_metadata', '32 bytes')
  })

  it('refuses a key that is meant for something else', () => {
    expect(importPublicJwk({ ...ec.jwk, use: 'sig', key_ops: ['verify'] }).kty).toBe('EC')
    for (const use of ['enc', '', null])
      expectRefusal(() => importPublicJwk({ ...ec.jwk, use }), 'invalid_client_metadata', 'use')
    for (const key_ops of [[], ['encrypt'], 'verify', null, {}]) {
      expectRefusal(() => importPublicJwk({ ...ec.jwk, key_ops }), 'invalid_client_metadata', 'key_ops')
    }
    for (const kid of ['', 'k'.repeat(257), 7, null, {}]) {
      expectRefusal(() => importPublicJwk({ ...ec.jwk, kid }), 'invalid_client_metadata', 'kid')
    }
    expect(importPublicJwk({ ...ec.jwk, kid: 'k'.repeat(256) }).kid).toHaveLength(256)
  })

  it('throws the code of its caller', () => {
    expectRefusal(() => importPublicJwk(null, 'invalid_dpop_proof'), 'invalid_dpop_proof', 'not a JSON object')
    expectRefusal(() => importPublicJwk({ kty: 'oct' }, 'invalid_dpop_proof'), 'invalid_dpop_proof')
    expectRefusal(() => importPublicJwk({ ...ec.jwk, y: ec.jwk['x'] }, 'invalid_dpop_proof'), 'invalid_dpop_proof')
    expectRefusal(() => importPublicJwk({ ...ec.jwk, crv: 1 }, 'invalid_dpop_proof'), 'invalid_dpop_proof')
    expectRefusal(() => importPublicJwk({ ...ec.jwk, alg: 1 }, 'invalid_dpop_proof'), 'invalid_dpop_proof')
    expectRefusal(
      () => importPublicJwk({ ...ed.jwk, x: Buffer.alloc(32).toString('base64url') }, 'invalid_dpop_proof'),
      'invalid_dpop_proof',
    )
  })

  it('E07 refuses adversarial text in every member', () => {
    for (const text of ADVERSARIAL) {
      for (const name of ['kty', 'crv', 'x', 'y', 'kid', 'use', 'alg']) {
        expectRefusal(() => importPublicJwk({ ...ec.jwk, [name]: text }), 'invalid_client_metadata')
      }
      for (const name of ['n', 'e'])
        expectRefusal(() => importPublicJwk({ ...rsa.jwk, [name]: text }), 'invalid_client_metadata')
      expectRefusal(() => importPublicJwk({ ...ed.jwk, x: text }), 'invalid_client_metadata')
    }
  })

  it('never throws anything but OAuthError', () => {
    const value = fc.oneof(
      fc.string(),
      fc.base64String(),
      fc.constantFrom('RSA', 'EC', 'OKP', 'P-256', 'Ed25519', 'AQAB'),
      fc.anything(),
    )
    const jwk = fc.record(
      { kty: value, crv: value, x: value, y: value, n: value, e: value, alg: value, kid: value },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.oneof(jwk, fc.anything()), (input) => {
        const result = resultOrRefusal(() => importPublicJwk(input))
        if (result instanceof OAuthError) expect(result.code).toBe('invalid_client_metadata')
      }),
      { numRuns: 1_000 },
    )
  })
})

function modulus(n: Buffer): object {
  return { ...rsa.jwk, n: n.toString('base64url') }
}
