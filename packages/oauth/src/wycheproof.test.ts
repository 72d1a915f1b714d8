import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { OAuthError } from './oauth-error.js'
import { importPublicJwk, type PublicKey } from './jwk.js'
import { parseCompactJws, verifyJws, type JwsContext, type ParsedJws } from './jws.js'
import { JWS_ALGS, type JwsAlg } from './jws-alg.js'

interface Vector {
  readonly tcId: number
  readonly comment: string
  readonly result: 'valid' | 'invalid' | 'acceptable'
}
interface JwsVector extends Vector {
  readonly jws: string
}
interface SignatureVector extends Vector {
  readonly msg: string
  readonly sig: string
}
interface Group<T> {
  readonly comment?: string
  readonly public?: Record<string, unknown>
  readonly private?: Record<string, unknown>
  readonly publicKeyJwk?: Record<string, unknown>
  readonly publicKeyPem: string
  readonly tests: readonly T[]
}

const CONTEXT: JwsContext = { what: 'vector', code: 'invalid_token', maxBytes: 65_536 }

function groups<T>(file: string): readonly Group<T>[] {
  const path = new URL(`../test-vectors/${file}_test.json`, import.meta.url)
  return (JSON.parse(readFileSync(path, 'utf8')) as { testGroups: Group<T>[] }).testGroups
}

/** false for a refusal that the rules make on purpose; anything but an OAuthError fails the test. */
function accepts(jwk: unknown, jws: string): boolean {
  try {
    return verifyJws(parseCompactJws(jws, CONTEXT), importPublicJwk(jwk), JWS_ALGS)
  } catch (error) {
    if (error instanceof OAuthError) return false
    throw error
  }
}

/** Valid by the vector, refused here: the key names an algorithm that the signature, or no standard, uses. */
const STRICTER = new Map([
  [346, 'a PS256 key, a PS384 signature'],
  [350, 'a PS256 key, a PS384 signature'],
  [347, 'the key names ES521, which does not exist'],
  [351, 'the key names ES521, which does not exist'],
])

describe('Wycheproof JSON Web Signature', () => {
  for (const group of groups<JwsVector>('json_web_signature')) {
    const jwk = group.public ?? group.private
    const symmetric = jwk?.['kty'] === 'oct'
    it(`${group.comment ?? ''}${symmetric ? ' (symmetric: all refused)' : ''}`, () => {
      for (const vector of group.tests) {
        const wanted = vector.result === 'valid' && !symmetric && !STRICTER.has(vector.tcId)
        expect({ tcId: vector.tcId, accepted: accepts(jwk, vector.jws) }).toEqual({
          tcId: vector.tcId,
          accepted: wanted,
        })
      }
    })
  }
})

function signed(alg: JwsAlg, vector: SignatureVector): ParsedJws {
  return {
    header: { alg, kid: undefined, typ: undefined, members: {} },
    encodedHeader: '',
    encodedPayload: '',
    signingInput: Buffer.from(vector.msg, 'hex').toString('latin1'),
    signature: Buffer.from(vector.sig, 'hex'),
  }
}

const FILES: readonly (readonly [string, JwsAlg])[] = [
  ['ecdsa_secp256r1_sha256_p1363', 'ES256'],
  ['ecdsa_secp384r1_sha384_p1363', 'ES384'],
  ['rsa_pss_2048_sha256_mgf1_32', 'PS256'],
  ['ed25519', 'EdDSA'],
]

describe.each(FILES)('Wycheproof %s', (file, alg) => {
  it(`agrees on every signature as ${alg}`, () => {
    let seen = 0
    for (const group of groups<SignatureVector>(file)) {
      const key: Pick<PublicKey, 'key' | 'algs'> = { key: createPublicKey(group.publicKeyPem), algs: [alg] }
      for (const vector of group.tests) {
        const accepted = verifyJws(signed(alg, vector), key, JWS_ALGS)
        expect({ tcId: vector.tcId, accepted }).toEqual({ tcId: vector.tcId, accepted: vector.result === 'valid' })
        seen++
      }
    }
    expect(seen).toBeGreaterThan(100)
  })

  it('accepts its keys as JWK', () => {
    for (const { publicKeyJwk } of groups(file)) {
      if (publicKeyJwk !== undefined) expect(importPublicJwk(publicKeyJwk).algs).toContain(alg)
    }
  })
})
