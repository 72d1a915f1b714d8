import type { Desired } from './desired.js'
import type { Api, Client, Organisation } from './model.js'
import type { Held } from './ports.js'
import type { Path, Problem } from './problems.js'
import { audienceOf, isPlatformScope } from './scopes.js'
import type { Placed, Wish } from './wish.js'

/** The registry as it will be: what the document asks for, else what is held. */
interface View {
  organisation(orgnr: string): Desired<Organisation> | undefined
  api(audience: string): Desired<Api> | undefined
  hasClient(clientId: string): boolean
}

/** Rules between records: everything that is referred to exists and fits. */
export function checkReferences(wish: Wish, held: Held): Problem[] {
  const organisations = new Map(wish.organisations.map(({ value }) => [value.orgnr, value]))
  const apis = new Map(wish.apis.map(({ value }) => [value.audience, value]))
  const clients = new Set(wish.clients.map(({ value }) => value.clientId))
  const view: View = {
    organisation: (orgnr) => organisations.get(orgnr) ?? held.organisations.get(orgnr),
    api: (audience) => apis.get(audience) ?? held.apis.get(audience),
    hasClient: (clientId) => clients.has(clientId) || held.clients.has(clientId),
  }
  return [
    ...familyProblems(wish, held),
    ...wish.apis.flatMap((placed) => apiProblems(placed, view)),
    ...wish.clients.flatMap((placed) => clientProblems(placed, view)),
    ...wish.delegations.flatMap(({ path, value }) => [
      ...supplierProblems(value.supplier, [...path, 'supplier'], view),
      ...mainUnitProblems(value.delegator, [...path, 'delegator'], view),
    ]),
    ...sharedKeyProblems(wish, held),
  ]
}

/** Units are two levels deep: a unit with units of its own cannot become somebody's sub-unit. */
function familyProblems(wish: Wish, held: Held): Problem[] {
  const listed = new Set(wish.organisations.map(({ value }) => value.orgnr))
  const mains = new Set<string>()
  for (const { orgnr, parent } of held.organisations.values()) {
    if (parent !== undefined && !listed.has(orgnr)) mains.add(parent)
  }
  return wish.organisations
    .filter(({ value }) => value.parent !== undefined && mains.has(value.orgnr))
    .map(({ path, value }) => ({ path, message: `${value.orgnr} has sub-units of its own: it cannot be one` }))
}

function apiProblems({ path, value, placeOf }: Placed<Api>, view: View): Problem[] {
  return [
    ...knownOrganisation(value.owner, [...path, 'owner'], view),
    ...value.introspectionClients
      .filter((clientId) => !view.hasClient(clientId))
      .map((clientId) => ({
        path: placeOf('introspectionClients', clientId),
        message: `client ${clientId} is unknown`,
      })),
  ]
}

function clientProblems({ path, value, placeOf }: Placed<Client>, view: View): Problem[] {
  const owner = [...path, 'organisation']
  return [
    ...(value.tenancy === 'multi-tenant'
      ? supplierProblems(value.organisation, owner, view)
      : mainUnitProblems(value.organisation, owner, view)),
    ...value.childOrganizationNumbers
      .filter((orgnr) => view.organisation(orgnr)?.parent !== value.organisation)
      .map((orgnr) => ({
        path: placeOf('childOrganizationNumbers', orgnr),
        message: `${orgnr} is not a known sub-unit of ${value.organisation}`,
      })),
    ...value.scopes.flatMap((scope) => scopeProblems(scope, placeOf('scopes', scope), view)),
    ...Object.keys(value.audienceClaims)
      .filter((audience) => !view.api(audience))
      .map((audience) => ({ path: [...path, 'audienceClaims', audience], message: `API ${audience} is unknown` })),
  ]
}

function scopeProblems(scope: string, path: Path, view: View): Problem[] {
  if (isPlatformScope(scope)) return []
  const audience = audienceOf(scope)
  const api = view.api(audience)
  if (!api) return [{ path, message: `${scope} belongs to API ${audience}, which is unknown` }]
  return api.scopes.includes(scope) ? [] : [{ path, message: `${scope} is not a scope of API ${audience}` }]
}

function knownOrganisation(orgnr: string, path: Path, view: View): Problem[] {
  return view.organisation(orgnr) ? [] : [{ path, message: `organisation ${orgnr} is unknown` }]
}

function mainUnitProblems(orgnr: string, path: Path, view: View): Problem[] {
  const parent = view.organisation(orgnr)?.parent
  if (parent !== undefined) return [{ path, message: `${orgnr} is a sub-unit of ${parent}: name the main unit` }]
  return knownOrganisation(orgnr, path, view)
}

function supplierProblems(orgnr: string, path: Path, view: View): Problem[] {
  const problems = mainUnitProblems(orgnr, path, view)
  if (problems.length > 0 || view.organisation(orgnr)?.approvedSupplier === true) return problems
  return [{ path, message: `${orgnr} is not an approved supplier` }]
}

/** A key belongs to one client (helseid.md, section 14): 409. A key may move when the document takes it from its owner. */
function sharedKeyProblems(wish: Wish, held: Held): Problem[] {
  const owners = new Map<string, string>()
  const wished = new Map(wish.clients.map(({ value }) => [value.clientId, value]))
  for (const [thumbprint, owner] of held.keyOwners) if (!wished.has(owner)) owners.set(thumbprint, owner)
  return wish.clients.flatMap(({ path, value }) =>
    value.keys.flatMap(({ thumbprint }, at) => {
      const owner = owners.get(thumbprint)
      owners.set(thumbprint, value.clientId)
      if (owner === undefined) return []
      const whose = owner === value.clientId ? 'this client, earlier in the list' : `client ${owner}`
      const message = `is already the key of ${whose}: every client needs its own key pair`
      return [{ path: [...path, 'keys', at, 'jwk'], message, code: 'invalid_client_metadata' as const, conflict: true }]
    }),
  )
}
