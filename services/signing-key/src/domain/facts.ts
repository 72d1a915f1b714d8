import type { ApiFacts, ClientFacts, DelegationFacts, MaybePromise, OrganisationFacts, Registry } from './ports.js'
import type { Represented, SignRequest } from './sign-request.js'
import type { TokenClaims } from './token-claims.js'

/** What the registry says about everyone in a request. `null`: it does not know them. */
export interface Facts {
  readonly client: ClientFacts | null
  /** The client's own organisation. */
  readonly owner: OrganisationFacts | null
  readonly apis: readonly (ApiFacts | null)[]
  /** Who is represented: from the claims, completed by the decision where the API wants no such claim. */
  readonly represented: Represented
  readonly parent: OrganisationFacts | null
  readonly child: OrganisationFacts | null
  readonly delegation: DelegationFacts | null
}

/** Loads that miss are shared and rare; more rounds than levels of the lookup means a registry that cannot hold its entries. */
const MAX_ROUNDS = 5

/**
 * Looks everyone up, without waiting where the registry is held in memory. A miss is awaited and all is read again, so that
 * the facts come from one moment. Rejects when the registry cannot tell.
 */
export async function gatherFacts(
  request: SignRequest,
  claims: TokenClaims | undefined,
  registry: Registry,
): Promise<Facts> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const loads: Promise<unknown>[] = []
    const held = <T>(value: MaybePromise<T | null>): T | null => {
      if (!(value instanceof Promise)) return value
      loads.push(value)
      return null
    }
    const facts = lookUp({ request, claims, registry, held })
    if (loads.length === 0) return facts
    await Promise.all(loads)
  }
  throw new Error('the registry did not keep the entries that were loaded')
}

interface LookUp {
  readonly request: SignRequest
  readonly claims: TokenClaims | undefined
  readonly registry: Registry
  readonly held: <T>(value: MaybePromise<T | null>) => T | null
}

function lookUp({ request, claims, registry, held }: LookUp): Facts {
  const represented = { ...request.inputs?.organisation, ...claims?.organisation }
  const clientId = request.assertion?.clientId
  const client = clientId === undefined ? null : held(registry.client(clientId))
  const organisation = (orgnr: string | undefined) => (orgnr === undefined ? null : held(registry.organisation(orgnr)))
  const { parent, child, supplier } = represented
  return {
    client,
    owner: organisation(client?.organisation),
    apis: (claims?.audiences ?? []).map((audience) => held(registry.api(audience))),
    represented,
    parent: organisation(parent),
    child: organisation(child),
    delegation: parent !== undefined && supplier !== undefined ? held(registry.delegation(supplier, parent)) : null,
  }
}
