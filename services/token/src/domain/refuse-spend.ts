import { OAuthError, temporarilyUnavailable } from '@tillit/oauth'
import type { SignFailure, SignOutcome, Trail } from './ports.js'

const refusals: { readonly [F in SignFailure]: () => OAuthError } = {
  replay: () =>
    new OAuthError(
      'invalid_client',
      'This client_assertion was used before: make a new one, with a new jti, for each request',
      {
        cause: 'assertion_replay',
      },
    ),
  proof_replay: () =>
    new OAuthError(
      'invalid_dpop_proof',
      'This DPoP proof was used before: make a new one, with a new jti, for each request',
      {
        cause: 'proof_replay',
      },
    ),
  // The signer reads the same registry: it refuses what we allow only while a change is on its way to one of us.
  policy: () =>
    temporarilyUnavailable(
      'The registration is being changed: try again with a new client_assertion',
      1,
      'signer_policy',
    ),
  unavailable: () =>
    temporarilyUnavailable('Nothing was issued: try again with a new client_assertion', 1, 'signer_unavailable'),
}

/** What the signer's refusal is to the client (security.md section 1). */
export function refuseSpend(outcome: SignOutcome & { readonly ok: false }, trail: Trail): OAuthError {
  if (outcome.error === 'policy') trail.alarm('signer_policy', outcome.detail ?? 'no detail')
  return refusals[outcome.error]()
}
