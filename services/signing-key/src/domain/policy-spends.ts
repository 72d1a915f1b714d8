import { isTokenId, timeOfUuidV7 } from '@tillit/oauth'
import { firstBroken, type Case, type Rule } from './policy-case.js'

/** Seconds. helseid.md section 2: an assertion ends at most 70 s ahead; clocks and the way here add a little. */
const MAX_ASSERTION_AHEAD = 75
/** Seconds between the requester's clock and ours. */
const MAX_CLOCK_DIFFERENCE = 10
/** Seconds that an assertion may have expired on its way through the batch. */
const MAX_ASSERTION_EXPIRED = 10
/** Seconds. A proof's `exp` is `iat` + 120 and `iat` lies within 60 s of now (helseid.md section 3). */
const MAX_PROOF_AHEAD = 185
const MIN_PROOF_AHEAD = 50
/** Which requester may spend for which purpose; a purpose that issues must bring a token, the others must not. */
const PURPOSES: Readonly<Record<string, Readonly<Record<string, { issues: boolean }>>>> = {
  token: {
    'token.issued': { issues: true },
    'token.revoked': { issues: false },
    'token.introspected': { issues: false },
  },
}

const rules: Readonly<Record<string, Rule<Case>>> = {
  request_id: isMadeNow,
  purpose: hasAllowedPurpose,
  something_to_spend: ({ request }) => request.assertion !== undefined || request.proof !== undefined,
  assertion_required: ({ request }) => request.access === undefined || request.assertion !== undefined,
  assertion_shape: ({ request }) => request.assertion === undefined || isTokenId(request.assertion.jti),
  assertion_times: assertionLives,
  client_known: ({ request, facts }) => request.assertion === undefined || facts.client !== null,
  proof_shape: ({ request }) => request.proof === undefined || isTokenId(request.proof.jti),
  proof_times: proofLives,
}

/** Rules over what is spent: the memory of single use must outlive it, and only a registered client has a namespace. */
export const checkSpends = (at: Case): string | undefined => firstBroken(rules, at)

/** The id fixes the record's time and so its place in audit (security.md, section 6): it may not choose another day. */
function isMadeNow({ request, now }: Case): boolean {
  const time = timeOfUuidV7(request.id)
  return time !== undefined && Math.abs(time / 1000 - now) <= MAX_CLOCK_DIFFERENCE
}

function hasAllowedPurpose({ requester, request }: Case): boolean {
  const purposes = Object.hasOwn(PURPOSES, requester) ? PURPOSES[requester] : undefined
  const purpose = purposes && Object.hasOwn(purposes, request.purpose) ? purposes[request.purpose] : undefined
  return purpose !== undefined && purpose.issues === (request.access !== undefined)
}

/** B04: a longer-lived assertion could outlive the duplicate window and be used twice (reliability.md, section 2). */
function assertionLives({ request, now }: Case): boolean {
  const { assertion } = request
  if (assertion === undefined) return true
  return assertion.exp <= now + MAX_ASSERTION_AHEAD && assertion.exp >= now - MAX_ASSERTION_EXPIRED
}

/** D01, D03: the same for a proof. */
function proofLives({ request, now }: Case): boolean {
  const { proof } = request
  return proof === undefined || (proof.exp <= now + MAX_PROOF_AHEAD && proof.exp >= now + MIN_PROOF_AHEAD)
}
