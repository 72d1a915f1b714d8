import {
  readClientAssertion,
  checkClientAssertion,
  type AssertionCheck,
  type CheckedAssertion,
} from './client-assertion.js'
import type { JwsAlg } from './jws-alg.js'
import {
  assertionForm,
  CLIENT_ID,
  clientKey,
  ecKey,
  ISSUER,
  jwsWith,
  NOW,
  refusal,
  TOKEN_ENDPOINT,
  type TestKey,
} from './keys.fixture.js'

export const key = ecKey()
export const CLAIMS = { iss: CLIENT_ID, sub: CLIENT_ID, aud: ISSUER, iat: NOW, exp: NOW + 30, jti: 'id-1' }
export const HEADER = { alg: 'ES256', kid: 'k1', typ: 'client-authentication+jwt' }

export function assertion(
  claims: object = {},
  header: object = {},
  signer: { key: TestKey; alg: JwsAlg } = { key, alg: 'ES256' },
): string {
  const payload = JSON.stringify({ ...CLAIMS, ...claims })
  return jwsWith({ ...HEADER, alg: signer.alg, ...header }, payload, { key: signer.key.privateKey, alg: signer.alg })
}

/** The check of a client with the one key `k1`, at NOW. */
export function check(compact: string, extra: Partial<AssertionCheck> = {}): CheckedAssertion {
  return checkClientAssertion({
    assertion: readClientAssertion(assertionForm(compact)),
    keys: [clientKey(key, { kid: 'k1' })],
    issuer: ISSUER,
    tokenEndpoint: TOKEN_ENDPOINT,
    legacyAudience: false,
    now: NOW,
    ...extra,
  })
}

/** Asserts that an assertion with these claims is refused with 401 and such a text. */
export function refuses(claims: object, text: string | RegExp): void {
  const error = refusal(() => check(assertion(claims)))
  if (error.code !== 'invalid_client' || error.status !== 401)
    throw new Error(`refused as ${error.code} ${error.status}`)
  if (!new RegExp(text).test(error.publicText)) throw new Error(`refused with: ${error.publicText}`)
}
