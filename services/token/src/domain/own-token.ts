import {
  JWS_ALGS,
  OAuthError,
  parseCompactJws,
  readClaims,
  verifyJws,
  type AccessTokenClaims,
  type JsonObject,
  type JwsContext,
} from '@tillit/oauth'
import type { PublishedKeys } from './ports.js'

const CONTEXT: JwsContext = { what: 'token', code: 'invalid_token', maxBytes: 16_384 }

/**
 * The claims of an access token that this issuer signed with a key it still stands by, expired or not; undefined for
 * anything else, whatever is wrong with it (RFC 7009, section 2.2 and RFC 7662, section 2.2 want no reason told).
 */
export function readOwnToken(token: string, issuer: string, keys: PublishedKeys): AccessTokenClaims | undefined {
  try {
    const jws = parseCompactJws(token, CONTEXT)
    const key = jws.header.kid === undefined ? undefined : keys.find(jws.header.kid)
    if (jws.header.typ !== 'at+jwt' || key === undefined || !verifyJws(jws, key, JWS_ALGS)) return undefined
    const claims = readClaims(jws, CONTEXT)
    return claims['iss'] === issuer && isAccessToken(claims) ? claims : undefined
  } catch (error) {
    if (error instanceof OAuthError) return undefined
    throw error
  }
}

/** What we signed has these; the check is for the compiler and for a key that once signed something else. */
function isAccessToken(claims: JsonObject): claims is AccessTokenClaims & JsonObject {
  return (
    typeof claims['jti'] === 'string' && typeof claims['client_id'] === 'string' && typeof claims['exp'] === 'number'
  )
}
