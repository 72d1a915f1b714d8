import { sign } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { CompactSign, compactVerify } from 'jose'
import { encodeBase64url } from './base64url.js'
import { importPublicJwk } from './jwk.js'
import { encodeJwsHeader, parseCompactJws, readClaims, signJws, verifyJws, type JwsContext } from './jws.js'
import { JWS_ALGS, type JwsAlg } from './jws-alg.js'
import { ecKey, edKey, jwsWith, resultOrRefusal, rsaKey, type TestKey } from './keys.fixture.js'

const CONTEXT: JwsContext = { what: 'test token', code: 'invalid_token', maxBytes: 16_384 }
const rsa = rsaKey()
const ed = edKey()
const p256 = ecKey()
const KEYS: Readonly<Record<JwsAlg, TestKey>> = {
  RS256: rsa,
  RS384: rsa,
  RS512: rsa,
  PS256: rsa,
  PS384: rsa,
  PS512: rsa,
  ES256: p256,
  ES384: ecKey('P-384'),
  ES512: ecKey('P-521'),
  EdDSA: ed,
  Ed25519: ed,
}

function make(alg: JwsAlg, payload = '{"a":1}', header: Record<string, unknown> = {}): string {
  return jwsWith({ alg, ...header }, payload, { key: KEYS[alg].privateKey, alg })
}

function verifies(compact: string, key: TestKey, allowed: readonly JwsAlg[] = JWS_ALGS): boolean {
  return verifyJws(parseCompactJws(compact, CONTEXT), importPublicJwk(key.jwk), allowed)
}

describe.each(JWS_ALGS)('%s', (alg) => {
  const { privateKey, publicKey, jwk } = KEYS[alg]

  it('verifies what it signs, and jose does too', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme' }).filter((s) => s.isWellFormed()),
        async (payload) => {
          const compact = make(alg, payload, { kid: 'k', typ: 'at+jwt' })
          expect(verifies(compact, KEYS[alg])).toBe(true)
          const verified = await compactVerify(compact, publicKey)
          expect(Buffer.from(verified.payload).toString()).toBe(payload)
          expect(verified.protectedHeader).toEqual({ alg, kid: 'k', typ: 'at+jwt' })
        },
      ),
      { numRuns: 5 },
    )
  })

  it('verifies what jose signs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), async (payload) => {
        const compact = await new CompactSign(payload).setProtectedHeader({ alg }).sign(privateKey)
        expect(verifies(compact, KEYS[alg])).toBe(true)
      }),
      { numRuns: 5 },
    )
  })

  it('refuses every change of one bit', () => {
    const bytes = Buffer.from(make(alg))
    for (let i = 0; i < bytes.length; i += 3) {
      const changed = Buffer.from(bytes)
      changed[i] = (changed[i] ?? 0) ^ (1 << (i % 7))
      expect(resultOrRefusal(() => verifies(changed.toString('latin1'), KEYS[alg]))).not.toBe(true)
    }
  })

  it('refuses the other keys and an algorithm that the caller does not allow', () => {
    const compact = make(alg)
    for (const other of [rsaKey(), ecKey(), ecKey('P-384'), ecKey('P-521'), edKey()])
      expect(verifies(compact, other)).toBe(false)
    expect(
      verifies(
        compact,
        KEYS[alg],
        JWS_ALGS.filter((a) => a !== alg),
      ),
    ).toBe(false)
    expect(verifies(compact, KEYS[alg], [alg])).toBe(true)
    expect(verifyJws(parseCompactJws(compact, CONTEXT), { key: publicKey, algs: [] }, JWS_ALGS)).toBe(false)
    expect(importPublicJwk(jwk).algs).toContain(alg)
  })
})

describe('verifyJws', () => {
  it('refuses the same signature under another algorithm of the same key', () => {
    const compact = make('RS256')
    const [, payload, signature] = compact.split('.')
    for (const alg of ['RS384', 'RS512', 'PS256'] as const) {
      expect(verifies(`${encodeJwsHeader({ alg })}.${payload}.${signature}`, rsa)).toBe(false)
    }
  })

  it('refuses an ECDSA signature in DER, and lengths that are off by one', () => {
    const input = `${encodeJwsHeader({ alg: 'ES256' })}.${encodeBase64url('{}')}`
    const der = sign('sha256', Buffer.from(input), p256.privateKey)
    expect(verifies(`${input}.${der.toString('base64url')}`, p256)).toBe(false)
    const raw = Buffer.from(make('ES256').split('.')[2] ?? '', 'base64url')
    for (const signature of [
      raw.subarray(1),
      raw.subarray(0, 63),
      Buffer.concat([raw, Buffer.alloc(1)]),
      Buffer.alloc(64),
    ]) {
      expect(verifies(`${input}.${signature.toString('base64url')}`, p256)).toBe(false)
    }
  })

  it('never throws, whatever the signature bytes', () => {
    fc.assert(
      fc.property(fc.constantFrom(...JWS_ALGS), fc.uint8Array({ minLength: 1, maxLength: 300 }), (alg, signature) => {
        expect(verifies(`${encodeJwsHeader({ alg })}.e30.${encodeBase64url(signature)}`, KEYS[alg])).toBe(false)
      }),
      { numRuns: 300 },
    )
    for (const alg of JWS_ALGS) {
      for (const length of [64, 96, 132, 256]) {
        for (const fill of [0, 0xff]) {
          const signature = Buffer.alloc(length, fill).toString('base64url')
          expect(verifies(`${encodeJwsHeader({ alg })}.e30.${signature}`, KEYS[alg])).toBe(false)
        }
      }
    }
  })
})

describe('signJws', () => {
  it('signs the encoded header that it is given', () => {
    const encodedHeader = encodeJwsHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'k' })
    const compact = signJws({ encodedHeader, payload: '{"ø":1}', key: ed.privateKey, alg: 'EdDSA' })
    expect(compact.startsWith(`${encodedHeader}.${encodeBase64url('{"ø":1}')}.`)).toBe(true)
    expect(Buffer.from(encodedHeader, 'base64url').toString()).toBe('{"alg":"EdDSA","typ":"at+jwt","kid":"k"}')
  })

  it('RFC 8037 appendix A.4', () => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
    const compact =
      'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.' +
      'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg'
    expect(verifyJws(parseCompactJws(compact, CONTEXT), importPublicJwk(jwk), ['EdDSA'])).toBe(true)
  })

  it('RFC 7515 appendix A.3', () => {
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    }
    const compact =
      'eyJhbGciOiJFUzI1NiJ9.' +
      'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.' +
      'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q'
    const jws = parseCompactJws(compact, CONTEXT)
    expect(verifyJws(jws, importPublicJwk(jwk), ['ES256'])).toBe(true)
    expect(readClaims(jws, CONTEXT)).toEqual({ iss: 'joe', exp: 1300819380, 'http://example.com/is_root': true })
  })
})
