import { checkAssertionClaims, type AssertionTimes } from './assertion-claims.js'
import { isClientId } from './claim-values.js'
import type { FormParameters } from './form.js'
import type { PublicKey } from './jwk.js'
import { parseCompactJws, readClaims, verifyJws, type JwsContext, type ParsedJws } from './jws.js'
import { JWS_ALGS, type JwsAlg } from './jws-alg.js'
import { OAuthError } from './oauth-error.js'

/** RFC 7523, section 2.2. */
export const JWT_BEARER_ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

const CONTEXT: JwsContext = { what: 'client_assertion', code: 'invalid_client', maxBytes: 32_768 }

/** Read, not verified: enough to find the client and its keys. */
export interface PresentedAssertion {
  readonly clientId: string
  readonly jws: ParsedJws
}

/** A client's registered key, imported once by `importPublicJwk` and kept. */
export interface ClientKey extends Pick<PublicKey, 'key' | 'algs' | 'thumbprint' | 'kid'> {
  /** Epoch seconds; undefined: does not expire. */
  readonly expiresAt?: number | undefined
}

export interface AssertionCheck {
  readonly assertion: PresentedAssertion
  readonly keys: readonly ClientKey[]
  readonly issuer: string
  readonly tokenEndpoint: string
  /** The client's flag `legacyAssertionAudience`: the token endpoint and issuer + `/` are taken as audience too. */
  readonly legacyAudience: boolean
  /** Epoch seconds. */
  readonly now: number
  /** Algorithms the client may use; default: every one that its key allows. */
  readonly allowedAlgs?: readonly JwsAlg[] | undefined
}

export interface CheckedAssertion extends AssertionTimes {
  readonly jti: string
  readonly alg: JwsAlg
  readonly kid: string | undefined
  /** Of the key that verified. */
  readonly thumbprint: string
  readonly usedLegacyAudience: boolean
  /** `assertion_details` or `authorization_details`, always as an array; undefined when neither was sent. */
  readonly assertionDetails: readonly unknown[] | undefined
}

/**
 * Reads the client's authentication from a form (helseid.md section 2): only `private_key_jwt`. Another method beside it is
 * `invalid_request`; instead of it, `invalid_client`.
 */
export function readClientAssertion(form: FormParameters, authorization?: string): PresentedAssertion {
  const assertion = form.get('client_assertion')
  const other = form.has('client_secret')
    ? 'client_secret'
    : authorization === undefined
      ? undefined
      : 'Authorization header'
  if (assertion === undefined) {
    throw refuse(`Authenticate with client_assertion (private_key_jwt)${other ? `; ${other} is not accepted` : ''}`)
  }
  if (other !== undefined) {
    throw new OAuthError('invalid_request', `Two client authentication methods in one request: leave out ${other}`)
  }
  if (form.get('client_assertion_type') !== JWT_BEARER_ASSERTION) {
    throw refuse(`client_assertion_type must be ${JWT_BEARER_ASSERTION}`)
  }
  const clientId = form.get('client_id')
  if (clientId === undefined) throw new OAuthError('invalid_request', 'client_id is missing')
  if (!isClientId(clientId)) throw refuse('client_id is not an identifier that this issuer gives out')
  const jws = parseCompactJws(assertion, CONTEXT)
  checkType(jws.header.typ)
  return { clientId, jws }
}

/**
 * RFC 7523, section 3, as narrowed by helseid.md section 2. Throws 401 `invalid_client` with what to mend, or
 * `invalid_request` when both names for details carry different content. Replay of `jti` is the recorder's to detect.
 */
export function checkClientAssertion(check: AssertionCheck): CheckedAssertion {
  const { jws, clientId } = check.assertion
  const claims = checkAssertionClaims(readClaims(jws, CONTEXT), { ...check, clientId })
  const key = verifyingKey(jws, check)
  return { ...claims, alg: jws.header.alg, kid: jws.header.kid, thumbprint: key.thumbprint }
}

/** Explicit typing (RFC 8725, section 3.11) keeps other token kinds out; old clients send `JWT` or nothing. */
function checkType(typ: string | undefined): void {
  if (typ === 'client-authentication+jwt' || typ === undefined || typ === 'JWT') return
  const plain = typ.toLowerCase()
  if (plain === 'client-authentication+jwt' || plain === 'jwt') return
  throw refuse('The client_assertion has another typ than client-authentication+jwt')
}

/** A key with the assertion's `kid`, or without any; all keys when the assertion names none. */
function verifyingKey(jws: ParsedJws, check: AssertionCheck): ClientKey {
  const { kid } = jws.header
  const allowed = check.allowedAlgs ?? JWS_ALGS
  let named = 0
  let expired = 0
  for (const key of check.keys) {
    if (kid !== undefined && key.kid !== undefined && key.kid !== kid && key.thumbprint !== kid) continue
    named++
    if (key.expiresAt !== undefined && key.expiresAt <= check.now) expired++
    else if (verifyJws(jws, key, allowed)) return key
  }
  if (named === 0) throw refuse('The kid of the client_assertion is not among the keys registered for this client')
  if (named === expired) throw refuse('The key of the client_assertion has expired: register a new one')
  throw refuse(
    'The signature of the client_assertion does not verify with the key and algorithm registered for this client',
  )
}

function refuse(text: string): OAuthError {
  return new OAuthError('invalid_client', text)
}
