import { CLIENT_FACTS } from './client-facts.js'
import { firstBroken, type Rule, type TokenCase } from './policy-case.js'

const rules: Readonly<Record<string, Rule<TokenCase>>> = {
  client_active: ({ facts }) => facts.client?.status === 'active',
  client_grant: ({ facts }) => facts.client?.grantTypes.includes('client_credentials') === true,
  client_facts: statesClientTruly,
  organisation_active: ({ facts }) => facts.owner?.status === 'active',
  audience: ({ facts }) => facts.apis.every((api) => api?.status === 'active'),
  alg: usesAllowedAlg,
  scope: hasRegisteredScopes,
  organisation_agrees: claimsAgreeWithDecision,
  tenancy: fitsTenancy,
  parent_active: ({ facts }) => facts.represented.parent === undefined || facts.parent?.status === 'active',
  child_of_parent: childBelongsToParent,
  delegation: isDelegated,
  synthetic: fitsEnvironment,
}

/** Rules over who is who: client, organisations, APIs and delegation, all known and active at this moment. */
export const checkParties = (at: TokenCase): string | undefined => firstBroken(rules, at)

function statesClientTruly({ claims, facts }: TokenCase): boolean {
  const { client } = facts
  if (client === null) return false
  for (const name in CLIENT_FACTS) {
    const said = claims.all[name]
    if (said !== undefined && said !== CLIENT_FACTS[name]?.(client)) return false
  }
  return true
}

/** RFC 8725, section 3.1: allowed here, and the one that every API of the token is registered with. */
function usesAllowedAlg({ request, facts, settings }: TokenCase): boolean {
  const { alg } = request.access
  return settings.algs.includes(alg) && facts.apis.every((api) => api?.signingAlg === alg)
}

/** Each scope is registered on the client and belongs to an API of the token (helseid.md section 6). */
function hasRegisteredScopes({ claims, facts }: TokenCase): boolean {
  return claims.scope.every(
    (scope) => facts.client?.scopes.includes(scope) === true && facts.apis.some((api) => api?.scopes.includes(scope)),
  )
}

/** What is signed and what is recorded as decided are about the same organisation. */
function claimsAgreeWithDecision({ request, claims }: TokenCase): boolean {
  const decided = request.inputs?.organisation
  if (decided === undefined) return true
  const said = claims.organisation
  return (
    (said.parent === undefined || said.parent === decided.parent) &&
    (said.child === undefined || said.child === decided.child) &&
    (said.supplier === undefined || said.supplier === decided.supplier)
  )
}

/**
 * helseid.md section 5.1. Single-tenant: only the client's own organisation (F04) and its listed children. Multi-tenant: the
 * parent and the supplier always stand in the token, and the supplier is the client's own organisation.
 */
function fitsTenancy({ facts, claims }: TokenCase): boolean {
  const { client, represented } = facts
  if (client === null) return false
  const { parent, child, supplier } = represented
  switch (client.tenancy) {
    case 'single-tenant':
      if (supplier !== undefined || (parent !== undefined && parent !== client.organisation)) return false
      return child === undefined || (parent !== undefined && client.childOrganizationNumbers.includes(child))
    case 'multi-tenant':
      return claims.organisation.parent !== undefined && claims.organisation.supplier === client.organisation
    default:
      return parent === undefined && child === undefined && supplier === undefined
  }
}

/** F03: a child is an active sub-unit of the parent that is represented. */
function childBelongsToParent({ facts }: TokenCase): boolean {
  const { child } = facts.represented
  if (child === undefined) return true
  return facts.child?.status === 'active' && facts.parent?.subUnits.includes(child) === true
}

/** F01, F02: a supplier acts for another organisation by an active delegation only. */
function isDelegated({ facts }: TokenCase): boolean {
  const { parent, supplier } = facts.represented
  return supplier === undefined || supplier === parent || facts.delegation?.status === 'active'
}

/** A test issuer knows synthetic organisations only, production none (architecture.md, "Environments"). */
function fitsEnvironment({ facts, settings }: TokenCase): boolean {
  const synthetic = settings.environment !== 'production'
  const wrong = (org: { synthetic: boolean } | null) => org !== null && org.synthetic !== synthetic
  return !wrong(facts.owner) && !wrong(facts.parent) && !wrong(facts.child)
}
