import {
  encodeBase64url,
  JWS_ALGS,
  OAuthError,
  parseCompactJws,
  temporarilyUnavailable,
  verifyJws,
  type JwsContext,
  type ParsedJws,
} from '@tillit/oauth'
import type { PublishedKeys, Trail } from './ports.js'

export interface Ordered {
  readonly alg: string
  /** The claims' JSON, as it was sent to the signer. */
  readonly payload: string
  readonly keys: PublishedKeys
}

const CONTEXT: JwsContext = { what: 'signed token', code: 'server_error', maxBytes: 65_536 }

/**
 * J04: a reply is believed only when a published key signed it and it says exactly what was ordered. Whoever could forge a
 * reply on the bus gets the client a 503 and an alarm into the log, never a token into the world.
 */
export function checkSigned(token: string | undefined, ordered: Ordered, trail: Trail): string {
  const problem = token === undefined ? 'no token in the reply' : problemOf(token, ordered)
  if (token !== undefined && problem === undefined) return token
  trail.alarm('signed_token_refused', problem ?? 'no token in the reply')
  throw temporarilyUnavailable('Nothing was issued: try again with a new client_assertion', 1, 'signed_token_refused')
}

function problemOf(token: string, { alg, payload, keys }: Ordered): string | undefined {
  const jws = readJws(token)
  if (jws === undefined) return 'it is not a JWS'
  const { kid, typ, members, alg: signedAlg } = jws.header
  if (typ !== 'at+jwt' || signedAlg !== alg || kid === undefined || Object.keys(members).length !== 3) {
    return 'its header is not typ, alg and kid as ordered'
  }
  // The signer signs the claims in the order received, so equal claims have equal text.
  if (jws.encodedPayload !== encodeBase64url(payload)) return 'its claims are not those ordered'
  const key = keys.find(kid)
  if (key === undefined) return 'its kid is not a published key'
  return verifyJws(jws, key, JWS_ALGS) ? undefined : 'its signature does not verify'
}

function readJws(token: string): ParsedJws | undefined {
  try {
    return parseCompactJws(token, CONTEXT)
  } catch (error) {
    if (error instanceof OAuthError) return undefined
    throw error
  }
}
