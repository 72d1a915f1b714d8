import { isTokenId, readNumericDate, readNumericDateOrDigits } from './claim-values.js'
import type { JsonObject } from './json.js'
import { OAuthError } from './oauth-error.js'

export interface AssertionExpectation {
  readonly clientId: string
  readonly issuer: string
  readonly tokenEndpoint: string
  readonly legacyAudience: boolean
  /** Epoch seconds. */
  readonly now: number
}

/** Epoch seconds. At least one of `iat` and `nbf` is present. */
export interface AssertionTimes {
  readonly exp: number
  readonly iat: number | undefined
  readonly nbf: number | undefined
}

export interface AssertionClaims extends AssertionTimes {
  readonly jti: string
  readonly usedLegacyAudience: boolean
  readonly assertionDetails: readonly unknown[] | undefined
}

const MAX_LIFETIME = 60
const FUTURE_LEEWAY = 10
/** Members of a request object (RFC 9101): one that is signed with the same key must not pass as authentication (A11). */
const REQUEST_MEMBERS = ['response_type', 'redirect_uri', 'code_challenge']

/** The claims of a client assertion, all rules of helseid.md section 2. Throws `invalid_client`, or see `readDetails`. */
export function checkAssertionClaims(claims: JsonObject, expected: AssertionExpectation): AssertionClaims {
  const { iss, sub, jti } = claims
  if (iss !== expected.clientId || sub !== expected.clientId) throw refuse('iss and sub must both equal client_id')
  const usedLegacyAudience = checkAudience(claims['aud'], expected)
  const times = checkTimes(claims, expected.now)
  if (!isTokenId(jti)) throw refuse('jti must be a string of 1 to 256 visible ASCII characters, new for each assertion')
  if (REQUEST_MEMBERS.some((name) => claims[name] !== undefined))
    throw refuse('it is a request object, not an assertion')
  return { ...times, jti, usedLegacyAudience, assertionDetails: readDetails(claims) }
}

/** draft-ietf-oauth-rfc7523bis: exactly one string, the issuer. Returns whether only the compatibility flag allowed it. */
function checkAudience(aud: unknown, expected: AssertionExpectation): boolean {
  if (aud === expected.issuer) return false
  if (Array.isArray(aud)) throw refuse(`aud must be one string, ${expected.issuer}, not an array`)
  if (aud !== expected.tokenEndpoint && aud !== `${expected.issuer}/`) throw refuse(`aud must be ${expected.issuer}`)
  if (expected.legacyAudience) return true
  throw refuse(`aud must be ${expected.issuer}; this client lacks the flag legacyAssertionAudience for the old form`)
}

function checkTimes(claims: JsonObject, now: number): AssertionTimes {
  const exp = readNumericDate(claims['exp'])
  if (exp === undefined) throw refuse('exp must be whole seconds since 1970')
  const iat = optional(claims['iat'], readNumericDateOrDigits, 'iat')
  const nbf = optional(claims['nbf'], readNumericDate, 'nbf')
  const start = iat ?? nbf
  if (start === undefined) throw refuse('iat or nbf is required')
  if (start > now + FUTURE_LEEWAY) throw refuse('iat lies in the future: check the clock')
  if (nbf !== undefined && nbf > now + FUTURE_LEEWAY) throw refuse('nbf lies in the future: check the clock')
  if (exp <= now) throw refuse('it has expired: check the clock and make a new one for each request')
  // With the leeway above, exp is also at most 70 s after now.
  if (exp > start + MAX_LIFETIME) throw refuse(`exp must be at most ${MAX_LIFETIME} s after iat`)
  return { exp, iat, nbf }
}

function optional(value: unknown, read: (value: unknown) => number | undefined, name: string): number | undefined {
  if (value === undefined) return undefined
  const date = read(value)
  if (date === undefined) throw refuse(`${name} must be whole seconds since 1970`)
  return date
}

/** Both names and both shapes of helseid.md section 2; different content under the two names is `invalid_request`. */
function readDetails(claims: JsonObject): readonly unknown[] | undefined {
  const current = asArray(claims['assertion_details'])
  const older = asArray(claims['authorization_details'])
  if (current !== undefined && older !== undefined && !sameJson(current, older)) {
    throw new OAuthError('invalid_request', 'assertion_details and authorization_details differ: send one of them')
  }
  return current ?? older
}

function asArray(value: unknown): readonly unknown[] | undefined {
  if (value === undefined) return undefined
  return Array.isArray(value) ? (value as readonly unknown[]) : [value]
}

/** Equal as JSON values, whatever the order of members. Depth is bounded by the parser. */
function sameJson(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  return names.every((name) => Object.hasOwn(b, name) && sameJson(member(a, name), member(b, name)))
}

function member(value: object, name: string): unknown {
  return (value as JsonObject)[name]
}

function refuse(problem: string): OAuthError {
  return new OAuthError('invalid_client', `The client_assertion is refused: ${problem}`)
}
