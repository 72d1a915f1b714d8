import { checkDpopProof, DPOP_IAT_WINDOW, OAuthError, singleDpopHeader, temporarilyUnavailable } from '@tillit/oauth'
import type { Client } from './model.js'
import type { IssueDeps, ProofUse } from './ports.js'
import { secondsOf } from './time.js'

/** The value or values of the DPoP header. */
export type DpopHeader = string | readonly string[] | undefined

/**
 * The key that the token will be bound to (RFC 9449, section 5; helseid.md section 3); undefined for a Bearer token, where
 * the client may have one. Throws `invalid_dpop_proof`, or `use_dpop_nonce` with the nonce to use.
 */
export function checkSender(header: DpopHeader, client: Client, deps: IssueDeps): ProofUse | undefined {
  const proof = singleDpopHeader(header)
  if (proof === undefined) {
    if (client.flags.allowBearer) return undefined
    throw new OAuthError('invalid_dpop_proof', 'Send a DPoP proof: this client lacks the flag allowBearer', {
      cause: 'proof_missing',
    })
  }
  const now = secondsOf(deps.now())
  try {
    const checked = checkDpopProof({
      proof,
      method: 'POST',
      url: deps.tokenEndpoint,
      now,
      nonceCheck: (nonce) => deps.nonces.check(nonce, now),
      keyCache: deps.dpopKeys,
    })
    // As long as the proof could pass again: its window both ways.
    return { jkt: checked.jkt, jti: checked.jti, exp: checked.iat + 2 * DPOP_IAT_WINDOW }
  } catch (error) {
    throw error instanceof OAuthError && error.code === 'use_dpop_nonce' ? challenge(error, deps, now) : error
  }
}

/** Only this answer carries DPoP-Nonce: clients take any failed answer with the header for a challenge (T1). */
function challenge(error: OAuthError, deps: IssueDeps, now: number): OAuthError {
  const nonce = deps.nonces.current(now)
  if (nonce === undefined) return temporarilyUnavailable('No DPoP nonce can be made just now', 1, 'no_nonce_secret')
  return new OAuthError('use_dpop_nonce', error.publicText, { headers: { 'DPoP-Nonce': nonce } })
}
