import type { Case, TokenCase } from './policy-case.js'
import { checkClaims } from './policy-claims.js'
import { checkParties } from './policy-parties.js'
import { checkSpends } from './policy-spends.js'

/**
 * The signer's own policy (security.md, section 1; J09): whatever the requester decided, nothing outside it is signed. A
 * captured requester can mint only what a registered, active client could have had. Returns the rule that says no.
 */
export function checkPolicy(at: Case): string | undefined {
  const broken = checkSpends(at)
  if (broken !== undefined || at.request.access === undefined) return broken
  if (at.claims === undefined) return 'claims_shape'
  const token = at as TokenCase
  return checkParties(token) ?? checkClaims(token)
}
