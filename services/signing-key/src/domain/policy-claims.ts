import { ORGNR_CHILD, ORGNR_PARENT, ORGNR_SUPPLIER, SFM_JOURNAL_ID } from '@tillit/oauth'
import { CLIENT_FACTS } from './client-facts.js'
import { firstBroken, type Rule, type TokenCase } from './policy-case.js'

/** Seconds between the requester's clock and ours. */
const CLOCK_LEEWAY = 10
const MIN_JTI = /^[A-Za-z0-9_-]{22,128}$/

const rules: Readonly<Record<string, Rule<TokenCase>>> = {
  typ: ({ request }) => request.access.typ === 'at+jwt',
  issuer: ({ claims, settings }) => claims.iss === settings.issuer,
  issued_now: isIssuedNow,
  lifetime: isShortEnough,
  jti: ({ claims }) => MIN_JTI.test(claims.jti),
  same_client: ({ request, claims }) => claims.clientId === request.assertion.clientId,
  binding: isBoundToProof,
  no_user: hasNoUser,
  known_claims: hasOnlyKnownClaims,
}

/** Rules over the claims themselves (RFC 9068, section 2.2; helseid.md section 6). */
export const checkClaims = (at: TokenCase): string | undefined => firstBroken(rules, at)

/** J09: neither backdated nor kept for later. */
function isIssuedNow({ claims, now }: TokenCase): boolean {
  if (Math.abs(claims.iat - now) > CLOCK_LEEWAY) return false
  return claims.nbf === undefined || Math.abs(claims.nbf - claims.iat) <= CLOCK_LEEWAY
}

/** J09: at most the ceiling, and at most what each API allows. */
function isShortEnough({ claims, facts, settings }: TokenCase): boolean {
  const lifetime = claims.exp - claims.iat
  const limits = facts.apis.map((api) => api?.accessTokenLifetime ?? 0)
  return lifetime > 0 && lifetime <= Math.min(settings.maxTokenLifetime, ...limits)
}

/** RFC 9449, section 6: bound to the key whose proof is spent; Bearer only where client and every API allow it. */
function isBoundToProof({ request, claims, facts }: TokenCase): boolean {
  if (claims.jkt !== undefined) return claims.jkt === request.proof?.jkt
  if (request.proof !== undefined) return false
  return facts.client?.flags.allowBearer === true && facts.apis.every((api) => api?.allowBearer === true)
}

/** A machine token says nothing about a user (helseid.md section 6); `sub` may name the client (RFC 9068, section 2.2). */
function hasNoUser({ claims }: TokenCase): boolean {
  const { sub } = claims.all
  return sub === undefined || sub === claims.clientId
}

const PLAIN_CLAIMS: ReadonlySet<string> = new Set([
  'iss',
  'nbf',
  'iat',
  'exp',
  'aud',
  'cnf',
  'scope',
  'client_id',
  'client_amr',
  'sub',
  'jti',
  SFM_JOURNAL_ID,
  ORGNR_PARENT,
  ORGNR_CHILD,
  ORGNR_SUPPLIER,
  ...Object.keys(CLIENT_FACTS),
])

/** Anything else, above all claims about persons, needs a rule of its own before it may be signed. */
function hasOnlyKnownClaims({ claims, facts }: TokenCase): boolean {
  for (const name of Object.keys(claims.all)) {
    if (PLAIN_CLAIMS.has(name)) continue
    const value = claims.all[name]
    if (typeof value !== 'string') return false
    if (!claims.audiences.some((audience) => isRegisteredClaim({ audience, name, value }, facts))) return false
  }
  return true
}

/** `<audience>/client/claims/<name>`, with the value that the registry holds for this client. */
function isRegisteredClaim(
  claim: { audience: string; name: string; value: string },
  facts: TokenCase['facts'],
): boolean {
  const prefix = `${claim.audience}/client/claims/`
  const registered = facts.client?.audienceClaims[claim.audience]
  if (registered === undefined || !claim.name.startsWith(prefix)) return false
  const name = claim.name.slice(prefix.length)
  return Object.hasOwn(registered, name) && registered[name] === claim.value
}
