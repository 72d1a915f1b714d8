import { buckets, registryKeys } from '@tillit/events'
import type { ApiEntry, ClientEntry, DelegationEntry, OrganisationEntry } from '@tillit/events'
import { readModel, type Nats, type ReadModel } from '@tillit/service-kit'
import type { MaybePromise, Registry } from '../domain/ports.js'

export interface ReadModelSettings {
  readonly capacity: number
  readonly staleAfterMs: number
  readonly now: () => number
}

/** The registry's read model, held as far as the capacity goes. The owner alone may write it, so its shape is trusted. */
export function watchRegistry(
  nats: Nats,
  settings: ReadModelSettings,
): { model: ReadModel<unknown>; registry: Registry } {
  const model = readModel<unknown>(nats, buckets.registry, { ...settings, decode: (_key, json) => json })
  return { model, registry: registryOf(model) }
}

export function registryOf(model: Pick<ReadModel<unknown>, 'get' | 'fresh'>): Registry {
  const entry = <T>(key: string) => model.get(key) as MaybePromise<T | null>
  return {
    client: (clientId) => entry<ClientEntry>(registryKeys.client(clientId)),
    organisation: (orgnr) => entry<OrganisationEntry>(registryKeys.organisation(orgnr)),
    api: (audience) => entry<ApiEntry>(registryKeys.api(audience)),
    delegation: (supplier, delegator) => entry<DelegationEntry>(registryKeys.delegation(supplier, delegator)),
    fresh: () => model.fresh(),
  }
}
