import { hash } from 'node:crypto'
import { isTokenId, readNumericDate } from './claim-values.js'
import type { NonceVerdict } from './dpop-nonce.js'
import { sameEndpoint } from './htu.js'
import type { JsonObject } from './json.js'
import { importPublicJwk, type PublicKey } from './jwk.js'
import { parseCompactJws, readClaims, verifyJws, type JwsContext, type JwsHeader } from './jws.js'
import { JWS_ALGS } from './jws-alg.js'
import { OAuthError } from './oauth-error.js'

/** What a proof's header holds once it has been read and its key imported. */
export interface DpopKey {
  readonly header: JwsHeader
  readonly publicKey: PublicKey
}

/** A bounded map that the caller owns (an LRU); keys are encoded headers, put in only after a proof has verified. */
export interface DpopKeyCache {
  get(encodedHeader: string): DpopKey | undefined
  set(encodedHeader: string, key: DpopKey): unknown
}

export interface DpopCheck {
  /** The DPoP header's value, of which there was exactly one. */
  readonly proof: string
  readonly method: string
  /** The endpoint as discovery names it, or the API's URL; its query and fragment do not count. */
  readonly url: string
  /** Epoch seconds. */
  readonly now: number
  /** Given at an API: `ath` is then required to be its hash. */
  readonly accessToken?: string | undefined
  /** Given where a nonce is demanded: see `checkNonce`. */
  readonly nonceCheck?: ((nonce: string | undefined) => NonceVerdict) | undefined
  readonly keyCache?: DpopKeyCache | undefined
}

export interface CheckedProof {
  /** RFC 7638 thumbprint of the proof's key, for `cnf.jkt`. */
  readonly jkt: string
  readonly jti: string
  readonly iat: number
  readonly publicKey: PublicKey
}

const CONTEXT: JwsContext = { what: 'DPoP proof', code: 'invalid_dpop_proof', maxBytes: 8_192 }
/** Seconds each way (helseid.md section 3). */
export const DPOP_IAT_WINDOW = 60
const MAX_NONCE = 512

/**
 * RFC 9449, section 4.3, with helseid.md section 3: everything about a proof but its replay. Throws `invalid_dpop_proof`, or
 * `use_dpop_nonce` (the caller adds the DPoP-Nonce header). The signature comes last: a first call without nonce is
 * answered without paying for it.
 */
export function checkDpopProof(check: DpopCheck): CheckedProof {
  const { proof, keyCache } = check
  if (proof.includes(',')) throw refuse('There must be exactly one DPoP header')
  const encodedHeader = proof.slice(0, Math.max(0, proof.indexOf('.')))
  const cached = keyCache?.get(encodedHeader)
  const jws = parseCompactJws(proof, CONTEXT, cached?.header)
  const publicKey = cached?.publicKey ?? keyOf(jws.header)
  const claims = readClaims(jws, CONTEXT)
  const { jti } = claims
  if (!isTokenId(jti)) throw refuse('The DPoP proof needs a jti of 1 to 256 visible ASCII characters')
  checkTarget(claims, check)
  const iat = checkTimes(claims, check.now)
  checkHash(claims, check.accessToken)
  checkNonceClaim(claims['nonce'], check.nonceCheck)
  if (!verifyJws(jws, publicKey, JWS_ALGS)) throw refuse('The signature of the DPoP proof does not verify with its jwk')
  if (cached === undefined) keyCache?.set(detached(encodedHeader), { header: jws.header, publicKey })
  return { jkt: publicKey.thumbprint, jti, iat, publicKey }
}

/** The one DPoP header of a request. Throws `invalid_dpop_proof` for several; undefined for none (D06). */
export function singleDpopHeader(value: string | readonly string[] | undefined): string | undefined {
  if (value === undefined || typeof value === 'string') return value
  if (value.length > 1) throw refuse('There must be exactly one DPoP header')
  return value[0]
}

/** RFC 9449, section 4.2: base64url of SHA-256 of the token's ASCII. */
export function accessTokenHash(accessToken: string): string {
  return hash('sha256', accessToken, 'base64url')
}

function keyOf(header: JwsHeader): PublicKey {
  if (header.typ !== 'dpop+jwt') throw refuse('The DPoP proof must have typ dpop+jwt')
  return importPublicJwk(header.members['jwk'], 'invalid_dpop_proof')
}

function checkTarget(claims: JsonObject, check: DpopCheck): void {
  const { htm, htu } = claims
  if (htm !== check.method) throw refuse(`The htm of the DPoP proof must be ${check.method}`)
  if (typeof htu !== 'string' || !(htu === check.url || sameEndpoint(htu, check.url))) {
    throw refuse(`The htu of the DPoP proof must be ${check.url}`)
  }
}

/** `nbf` and `exp` are not part of a proof, but a client that sends them means them (RFC 7519, section 4.1). */
function checkTimes(claims: JsonObject, now: number): number {
  const iat = readNumericDate(claims['iat'])
  if (iat === undefined) throw refuse('The DPoP proof needs an iat of whole seconds since 1970')
  if (Math.abs(now - iat) > DPOP_IAT_WINDOW) {
    throw refuse(`The iat of the DPoP proof is more than ${DPOP_IAT_WINDOW} s off: check the clock`)
  }
  const { nbf, exp } = claims
  if (nbf !== undefined && !((readNumericDate(nbf) ?? Infinity) <= now + DPOP_IAT_WINDOW)) {
    throw refuse('The nbf of the DPoP proof lies in the future')
  }
  if (exp !== undefined && !((readNumericDate(exp) ?? 0) > now - DPOP_IAT_WINDOW)) {
    throw refuse('The DPoP proof has expired')
  }
  return iat
}

function checkHash(claims: JsonObject, accessToken: string | undefined): void {
  if (accessToken !== undefined && claims['ath'] !== accessTokenHash(accessToken)) {
    throw refuse('The ath of the DPoP proof must be the hash of the access token')
  }
}

function checkNonceClaim(nonce: unknown, nonceCheck: DpopCheck['nonceCheck']): void {
  if (nonce !== undefined && (typeof nonce !== 'string' || nonce.length > MAX_NONCE)) {
    throw refuse('The nonce of the DPoP proof must be a string that this issuer gave out')
  }
  const verdict = nonceCheck === undefined ? 'ok' : nonceCheck(nonce)
  if (verdict === 'ok') return
  const text =
    verdict === 'missing' ? 'Send a DPoP proof with the nonce in DPoP-Nonce' : 'The nonce is not a current one'
  throw new OAuthError('use_dpop_nonce', text)
}

/** A slice keeps the text it was cut from alive; a cache key must not hold a whole request. */
function detached(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}

function refuse(text: string): OAuthError {
  return new OAuthError('invalid_dpop_proof', text)
}
