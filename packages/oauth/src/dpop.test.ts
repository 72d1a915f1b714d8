import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { encodeBase64url } from './base64url.js'
import { singleDpopHeader, type DpopKey } from './dpop.js'
import { check, CLAIMS, HEADER, key, proof, refuses } from './dpop.fixture.js'
import { importPublicJwk } from './jwk.js'
import { encodeJwsHeader } from './jws.js'
import type { JwsAlg } from './jws-alg.js'
import { ADVERSARIAL, ecKey, edKey, expectRefusal, NOW, resultOrRefusal, rsaKey, type TestKey } from './keys.fixture.js'
import { OAuthError } from './oauth-error.js'

describe('checkDpopProof', () => {
  it('accepts a correct proof', () => {
    const checked = check(proof())
    expect(checked).toMatchObject({ jkt: importPublicJwk(key.jwk).thumbprint, jti: 'proof-1', iat: NOW })
    expect(checked.publicKey.key.equals(key.publicKey)).toBe(true)
  })

  it('accepts every asymmetric algorithm', () => {
    const rsa = rsaKey()
    const ed = edKey()
    const signers: [JwsAlg, TestKey][] = [
      ['RS256', rsa],
      ['PS512', rsa],
      ['ES384', ecKey('P-384')],
      ['ES512', ecKey('P-521')],
      ['EdDSA', ed],
      ['Ed25519', ed],
    ]
    for (const [alg, signer] of signers) {
      expect(check(proof({}, { alg, jwk: signer.jwk }, { key: signer, alg })).jti).toBe('proof-1')
    }
  })

  it('the proof of RFC 9449 section 4.1 and its thumbprint', () => {
    const text =
      'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0Rs' +
      'cEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2' +
      'In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2V' +
      'uIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37x' +
      'RZT3Lg'
    const checked = check(text, { url: 'https://server.example.com/token', now: 1_562_262_616 })
    expect(checked).toMatchObject({ jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I', jti: '-BwC3ESc6acc2lTc' })
  })

  it('accepts extra claims and header members', () => {
    expect(check(proof({ extra: { a: 1 }, client_id: 'x' }, { kid: 'k', extra: 1 })).jti).toBe('proof-1')
  })

  it('D06 refuses two proofs in one header', () => {
    refuses(`${proof()}, ${proof()}`, 'exactly one')
    refuses(`${proof()},${proof()}`, 'exactly one')
    expect(singleDpopHeader(undefined)).toBeUndefined()
    expect(singleDpopHeader('a')).toBe('a')
    expect(singleDpopHeader(['a'])).toBe('a')
    expect(singleDpopHeader([])).toBeUndefined()
    expectRefusal(() => singleDpopHeader(['a', 'b']), 'invalid_dpop_proof', 'exactly one')
    expectRefusal(() => singleDpopHeader(['a', 'a']), 'invalid_dpop_proof', 'exactly one')
  })

  it.each(['', 'a', 'a.b.c', '..', 'null', `${encodeJwsHeader({ alg: 'ES256' })}.e30.`])(
    'refuses the malformed proof %j',
    (text) => {
      refuses(text, /./)
    },
  )

  describe('header', () => {
    it.each(['JWT', 'DPOP+JWT', 'application/dpop+jwt', 'at+jwt', '', undefined])('refuses typ %j', (typ) => {
      refuses(proof({}, { typ }), /must have typ dpop\+jwt/)
    })

    it.each(['none', 'HS256', undefined, 'A128KW'])('D05 refuses alg %j', (alg) => {
      const header = encodeBase64url(JSON.stringify({ ...HEADER, alg }))
      refuses(`${header}.${encodeBase64url(JSON.stringify(CLAIMS))}.AAAA`, 'must be signed with')
    })

    it('D05 refuses a jwk that is private, symmetric, missing or not a key', () => {
      refuses(proof({}, { jwk: key.privateKey.export({ format: 'jwk' }) }), 'private member d')
      refuses(proof({}, { jwk: rsaKey().privateKey.export({ format: 'jwk' }) }), 'private member')
      refuses(proof({}, { jwk: { kty: 'oct', k: 'AAAA' } }), 'shared secret')
      for (const jwk of [undefined, null, 'x', [], {}, [key.jwk]]) refuses(proof({}, { jwk }), 'JWK')
    })

    it('refuses a weak key, an off-curve point and an alg of another kind of key', () => {
      const weak = rsaKey(1024)
      refuses(proof({}, { alg: 'RS256', jwk: weak.jwk }, { key: weak, alg: 'RS256' }), '1024 bits')
      refuses(proof({}, { jwk: { ...key.jwk, y: key.jwk['x'] } }), 'curve')
      refuses(proof({}, { alg: 'ES384' }), 'signature')
      refuses(proof({}, { jwk: rsaKey().jwk }), 'signature')
      refuses(proof({}, { jwk: { ...key.jwk, alg: 'ES384' } }), 'alg')
    })

    it('refuses a signature by another key or over another payload', () => {
      refuses(proof({}, { jwk: ecKey().jwk }), 'signature')
      const [header, , signature] = proof().split('.')
      const other = encodeBase64url(JSON.stringify({ ...CLAIMS, jti: 'other' }))
      refuses(`${header}.${other}.${signature}`, 'signature')
    })
  })

  describe('key cache', () => {
    it('keeps the key of a verified proof and uses it again', () => {
      const keyCache = new Map<string, DpopKey>()
      const first = check(proof(), { keyCache })
      expect([...keyCache.keys()]).toEqual([encodeBase64url(JSON.stringify(HEADER))])
      const second = check(proof({ jti: 'proof-2' }), { keyCache })
      expect(second.publicKey).toBe(first.publicKey)
      expect(keyCache.size).toBe(1)
    })

    it('does not keep the key of a proof that fails', () => {
      const keyCache = new Map<string, DpopKey>()
      refuses(proof({}, { jwk: ecKey().jwk }), 'signature', { keyCache })
      refuses(proof({ htm: 'GET' }), 'htm', { keyCache })
      expect(keyCache.size).toBe(0)
    })

    it('checks everything else of a proof whose key it knows', () => {
      const keyCache = new Map<string, DpopKey>()
      check(proof(), { keyCache })
      const [header, payload, signature] = proof({ jti: 'proof-2' }).split('.')
      refuses(`${header}.${encodeBase64url(JSON.stringify(CLAIMS))}.${signature}`, 'signature', { keyCache })
      refuses(`${header}.${payload}.${signature}.x`, 'three parts', { keyCache })
      refuses(proof({ htu: 'https://other.example/' }), 'htu', { keyCache })
    })
  })

  it('E04 refuses a proof of more than 8 kB', () => {
    refuses(proof({ filler: 'x'.repeat(8_000) }), 'The DPoP proof is larger than 8192')
  })

  it('E07 refuses adversarial text in every claim and header member', () => {
    for (const text of ADVERSARIAL) {
      for (const value of [text, text.slice(0, 1_500)]) {
        for (const name of ['jti', 'htm', 'htu', 'iat']) refuses(proof({ [name]: value }), /./)
        for (const name of ['typ', 'jwk', 'crit']) refuses(proof({}, { [name]: value }), /./)
      }
      refuses(text, /./)
    }
  })

  it('never throws anything but OAuthError', () => {
    const name = fc.constantFrom('jti', 'htm', 'htu', 'iat', 'nonce', 'ath', 'exp', 'nbf')
    fc.assert(
      fc.property(name, fc.jsonValue(), (claim, value) => {
        const result = resultOrRefusal(() => check(proof({ [claim]: value })))
        if (result instanceof OAuthError) expect(result.code).toBe('invalid_dpop_proof')
        else expect(['jti', 'nonce', 'ath', 'exp', 'nbf', 'iat']).toContain(claim)
      }),
      { numRuns: 500 },
    )
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(resultOrRefusal(() => check(text))).toMatchObject({ code: 'invalid_dpop_proof' })
      }),
    )
  })
})
