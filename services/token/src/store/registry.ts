import type { ReadModel } from '@tillit/service-kit'
import type { Api, Client, Delegation, Lookup, Organisation } from '../domain/model.js'
import type { Registry } from '../domain/ports.js'
import type { RegistryEntry } from './registry-entries.js'

/** Names of the read model's keys, from the contract. */
export interface RegistryKeys {
  client(clientId: string): string
  organisation(orgnr: string): string
  api(audience: string): string
  delegation(supplier: string, delegator: string): string
  revoked(jti: string): string
}

/** The registry as the domain asks for it, over the read model. */
export function createRegistry(model: Pick<ReadModel<RegistryEntry>, 'get'>, keys: RegistryKeys): Registry {
  return {
    client: (clientId) => only('client', model.get(keys.client(clientId))),
    organisation: (orgnr) => only('organisation', model.get(keys.organisation(orgnr))),
    api: (audience) => only('api', model.get(keys.api(audience))),
    delegation: (supplier, delegator) => only('delegation', model.get(keys.delegation(supplier, delegator))),
    isRevoked: (jti) => exists(model.get(keys.revoked(jti))),
  }
}

interface Entry<K extends keyof Values> {
  readonly kind: K
  readonly value: Values[K]
}
interface Values {
  client: Client
  organisation: Organisation
  api: Api
  delegation: Delegation
  revoked: true
}

/** Held entries stay synchronous: a token costs no turn of the event loop for its look-ups. */
function only<K extends keyof Values>(kind: K, found: Lookup<RegistryEntry>): Lookup<Values[K]> {
  return found instanceof Promise ? found.then((entry): Values[K] | null => valueOf(kind, entry)) : valueOf(kind, found)
}

function valueOf<K extends keyof Values>(kind: K, entry: RegistryEntry | null): Values[K] | null {
  return entry !== null && isKind(kind, entry) ? entry.value : null
}

function isKind<K extends keyof Values>(kind: K, entry: RegistryEntry): entry is RegistryEntry & Entry<K> {
  return entry.kind === kind
}

function exists(found: Lookup<RegistryEntry>): boolean | Promise<boolean> {
  return found instanceof Promise ? found.then((entry) => entry !== null) : found !== null
}
