import { desiredApi, desiredClient, desiredDelegation, desiredOrganisations, type Desired } from './desired.js'
import {
  checkApiItem,
  checkClientItem,
  checkDelegationItem,
  checkOrganisationItem,
  keyWarnings,
} from './check-items.js'
import { checkShape } from './check-shape.js'
import type { Rules } from './environment.js'
import type { Api, Client, Delegation, Organisation } from './model.js'
import type { Lookup } from './ports.js'
import type { Path, Problem } from './problems.js'
import { audienceOf, isPlatformScope } from './scopes.js'

export interface Placed<T> {
  readonly path: Path
  readonly value: Desired<T>
  /** Where a text of one of the item's lists stands: the desired lists are sorted, the document's are not. */
  readonly placeOf: (member: string, text: string) => Path
}

function placed<T>(path: Path, value: Desired<T>, item: object): Placed<T> {
  const placeOf = (member: string, text: string): Path => {
    const list: unknown = (item as Record<string, unknown>)[member]
    const at = Array.isArray(list) ? list.indexOf(text) : -1
    return at < 0 ? [...path, member] : [...path, member, at]
  }
  return { path, value, placeOf }
}

/** A document that is right in itself: what it asks for, each with its place in the text. */
export interface Wish {
  readonly organisations: readonly Placed<Organisation>[]
  readonly apis: readonly Placed<Api>[]
  readonly clients: readonly Placed<Client>[]
  readonly delegations: readonly Placed<Delegation>[]
  /** What is taken, yet worth a word to whoever sent it. */
  readonly warnings: readonly Problem[]
}

/** Reads a document by its shape and by every rule that needs no other record. */
export function readWish(value: unknown, rules: Rules): { wish?: Wish; problems: Problem[] } {
  const { document, problems } = checkShape(value)
  if (problems.length > 0) return { problems }
  const { organisations, apis, clients, delegations } = document
  problems.push(
    ...organisations.flatMap((item, at) => checkOrganisationItem(item, ['organisations', at], rules)),
    ...apis.flatMap((item, at) => checkApiItem(item, ['apis', at], rules)),
    ...clients.flatMap((item, at) => checkClientItem(item, ['clients', at], rules)),
    ...delegations.flatMap((item, at) => checkDelegationItem(item, ['delegations', at], rules)),
  )
  if (problems.length > 0) return { problems }
  const wish: Wish = {
    organisations: organisations.flatMap((item, at) =>
      desiredOrganisations(item).map((value, unit) =>
        placed(['organisations', at, ...(unit === 0 ? [] : ['subUnits', unit - 1]), 'orgnr'], value, item),
      ),
    ),
    apis: apis.map((item, at) => placed(['apis', at], desiredApi(item), item)),
    clients: clients.map((item, at) => placed(['clients', at], desiredClient(item), item)),
    warnings: clients.flatMap((item, at) => keyWarnings(item, ['clients', at])),
    delegations: delegations.map((item, at) => placed(['delegations', at], desiredDelegation(item), item)),
  }
  return { wish, problems: withoutTwins(wish) }
}

/** Each record at most once in a document. */
function withoutTwins(wish: Wish): Problem[] {
  const names: [string, Path][] = [
    ...wish.organisations.map(({ value, path }): [string, Path] => [`organisation ${value.orgnr}`, path]),
    ...wish.apis.map(({ value, path }): [string, Path] => [`API ${value.audience}`, [...path, 'audience']]),
    ...wish.clients.map(({ value, path }): [string, Path] => [`client ${value.clientId}`, [...path, 'clientId']]),
    ...wish.delegations.map(({ value, path }): [string, Path] => [
      `delegation ${value.supplier} ${value.delegator}`,
      path,
    ]),
  ]
  const seen = new Set<string>()
  return names.flatMap(([name, path]) => {
    if (seen.has(name)) return [{ path, message: `${name} stands twice in this document: keep one` }]
    seen.add(name)
    return []
  })
}

/** Every record that the wish touches or refers to. */
export function lookupOf(wish: Wish): Lookup {
  const clients = wish.clients.map(({ value }) => value)
  return {
    organisations: unique([
      ...wish.organisations.map(({ value }) => value.orgnr),
      ...wish.apis.map(({ value }) => value.owner),
      ...clients.flatMap(({ organisation, childOrganizationNumbers }) => [organisation, ...childOrganizationNumbers]),
      ...wish.delegations.flatMap(({ value }) => [value.supplier, value.delegator]),
    ]),
    apis: unique([
      ...wish.apis.map(({ value }) => value.audience),
      ...clients.flatMap(({ scopes }) => scopes.filter((scope) => !isPlatformScope(scope)).map(audienceOf)),
      ...clients.flatMap(({ audienceClaims }) => Object.keys(audienceClaims)),
    ]),
    clients: unique([
      ...clients.map(({ clientId }) => clientId),
      ...wish.apis.flatMap(({ value }) => value.introspectionClients),
    ]),
    delegations: wish.delegations.map(({ value }) => [value.supplier, value.delegator] as const),
    keys: unique(clients.flatMap(({ keys }) => keys.map(({ thumbprint }) => thumbprint))),
  }
}

const unique = (list: string[]): string[] => [...new Set(list)]
