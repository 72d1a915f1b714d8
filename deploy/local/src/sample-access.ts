import { createHash } from 'node:crypto'
import { calculateJwkThumbprint, createRemoteJWKSet, EmbeddedJWK, errors, jwtVerify } from 'jose'
import type { JWTPayload, JWTVerifyGetKey } from 'jose'

/** What an API may be told about the caller, once the token and the proof have been checked. */
export interface Caller {
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly claims: JWTPayload
}

/** A refusal as RFC 6750, section 3 and RFC 9449, section 7.1 want it on the wire. */
export class AccessRefused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message)
  }
}

export interface AccessRules {
  readonly issuer: string
  readonly jwksUri: string
  readonly audience: string
}

/** The parts of a request that access depends on. */
export interface AccessRequest {
  readonly method: string
  /** The URL that the client called, without query and fragment. */
  readonly url: string
  readonly authorization: string | undefined
  readonly proofs: readonly string[]
}

const TOKEN_ALGS = ['ES256', 'PS256', 'RS256']
const PROOF_ALGS = ['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'EdDSA']
const LEEWAY_SECONDS = 5
const PROOF_AGE_SECONDS = 60

/** Checks access tokens as HelseID asks of every API: all of it locally, with the issuer's published keys. */
export class AccessCheck {
  readonly #keys: JWTVerifyGetKey
  readonly #rules: AccessRules
  readonly #seenProofs = new Map<string, number>()

  constructor(rules: AccessRules, keys: JWTVerifyGetKey = createRemoteJWKSet(new URL(rules.jwksUri))) {
    this.#rules = rules
    this.#keys = keys
  }

  /** @throws AccessRefused with the status and code for the caller. */
  async check(request: AccessRequest, scope: string): Promise<Caller> {
    const token = tokenOf(request)
    const claims = await this.#checkToken(token)
    await this.#checkProof(request, token, claims)
    const scopes = Array.isArray(claims['scope']) ? (claims['scope'] as string[]) : []
    if (!scopes.includes(scope)) throw new AccessRefused(403, 'insufficient_scope', `the token lacks ${scope}`)
    return { clientId: String(claims['client_id']), scopes, claims }
  }

  async #checkToken(token: string): Promise<JWTPayload> {
    const { issuer, audience } = this.#rules
    const verified = await jwtVerify(token, this.#keys, {
      issuer,
      audience,
      algorithms: TOKEN_ALGS,
      clockTolerance: LEEWAY_SECONDS,
      requiredClaims: ['exp', 'nbf', 'client_id', 'cnf'],
    }).catch(refusedAs((text) => new AccessRefused(401, 'invalid_token', text)))
    const { protectedHeader, payload } = verified
    if (!['at+jwt', 'jwt'].includes(protectedHeader.typ?.toLowerCase() ?? ''))
      throw new AccessRefused(401, 'invalid_token', 'this is not an access token')
    if ([payload.aud].flat().length !== 1)
      throw new AccessRefused(401, 'invalid_token', 'the token has several audiences')
    return payload
  }

  /** RFC 9449, section 4.3, and 7.1 for the binding to the token. */
  async #checkProof({ method, url, proofs }: AccessRequest, token: string, claims: JWTPayload): Promise<void> {
    const refuse = (text: string): AccessRefused => new AccessRefused(401, 'invalid_dpop_proof', text)
    const [proof, second] = proofs
    if (proof === undefined || second !== undefined) throw refuse('exactly one DPoP header is needed')
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: PROOF_ALGS,
      maxTokenAge: PROOF_AGE_SECONDS,
      clockTolerance: LEEWAY_SECONDS,
      requiredClaims: ['jti', 'htm', 'htu', 'iat', 'ath'],
    }).catch(refusedAs(refuse))
    const expected = { htm: method, htu: url, ath: createHash('sha256').update(token).digest('base64url') }
    const wrong = Object.entries(expected).find(([name, value]) => payload[name] !== value)
    if (wrong !== undefined) throw refuse(`the proof's ${wrong[0]} is not that of this request`)
    if (protectedHeader.jwk === undefined) throw refuse('the proof carries no key')
    const thumbprint = await calculateJwkThumbprint(protectedHeader.jwk)
    if ((claims['cnf'] as { jkt?: string }).jkt !== thumbprint) throw refuse('the token is bound to another key')
    this.#spend(`${thumbprint} ${String(payload.jti)}`, refuse)
  }

  #spend(id: string, refuse: (text: string) => AccessRefused): void {
    const now = Date.now()
    for (const [old, until] of this.#seenProofs) if (until < now) this.#seenProofs.delete(old)
    if (this.#seenProofs.has(id)) throw refuse('this proof was used before')
    this.#seenProofs.set(id, now + (PROOF_AGE_SECONDS + 2 * LEEWAY_SECONDS) * 1000)
  }
}

/** What jose finds wrong is the caller's fault; that the issuer's keys cannot be fetched is not. */
function refusedAs(refusal: (text: string) => AccessRefused): (error: unknown) => never {
  return (error) => {
    if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout)) throw refusal(error.message)
    throw error
  }
}

function tokenOf({ authorization = '' }: AccessRequest): string {
  const [scheme = '', token = '', ...more] = authorization.split(' ')
  if (authorization.includes(',')) throw new AccessRefused(400, 'invalid_request', 'use one Authorization header')
  if (scheme.toLowerCase() !== 'dpop' || token === '' || more.length > 0)
    throw new AccessRefused(401, 'invalid_token', 'this API takes DPoP-bound access tokens')
  return token
}
