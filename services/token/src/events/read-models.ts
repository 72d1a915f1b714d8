import {
  ApiEntry,
  buckets,
  ClientEntry,
  DelegationEntry,
  KeysEntry,
  NonceEntry,
  OrganisationEntry,
  RevokedEntry,
} from '@tillit/events'
import { readModel, type Nats, type ReadModel } from '@tillit/service-kit'
import type { Static, TSchema } from 'typebox'
import { Compile } from 'typebox/compile'

export interface ModelOptions {
  /** Registry entries held at most. */
  readonly capacity: number
  readonly staleAfterMs: number
  /** Epoch milliseconds. */
  readonly now: () => number
}

/** How the store makes a value of its own of each kind of registry entry. */
export interface RegistryMapping<T> {
  readonly client: (entry: ClientEntry) => T
  readonly organisation: (entry: OrganisationEntry) => T
  readonly api: (entry: ApiEntry) => T
  readonly delegation: (entry: DelegationEntry) => T
  readonly revoked: (entry: RevokedEntry) => T
}

/** Opens the registry's read model. An entry that does not fit its contract is dropped, and logged by key. */
export function openRegistry<T>(nats: Nats, options: ModelOptions, mapping: RegistryMapping<T>): ReadModel<T> {
  return readModel(nats, buckets.registry, { ...options, decode: registryDecoder(mapping) })
}

/** Parses at the door: by the kind that a key begins with, against that kind's contract. Throws on anything else. */
export function registryDecoder<T>(mapping: RegistryMapping<T>): (key: string, json: unknown) => T {
  const decoders: ReadonlyMap<string, (json: unknown) => T> = new Map([
    ['client', checked(ClientEntry, mapping.client)],
    ['org', checked(OrganisationEntry, mapping.organisation)],
    ['api', checked(ApiEntry, mapping.api)],
    ['delegation', checked(DelegationEntry, mapping.delegation)],
    ['revoked', checked(RevokedEntry, mapping.revoked)],
  ])
  return (key, json) => {
    const decode = decoders.get(key.slice(0, key.indexOf('.')))
    if (decode === undefined) throw new Error('an unknown kind of registry entry')
    return decode(json)
  }
}

/** A bucket with one key. */
const SINGLE = 16

export function openKeys(nats: Nats, options: ModelOptions): ReadModel<KeysEntry> {
  const decode = checked(KeysEntry, (entry) => entry)
  return readModel(nats, buckets.keys, { ...options, capacity: SINGLE, decode: (_key, json) => decode(json) })
}

export function openNonces(nats: Nats, options: ModelOptions): ReadModel<NonceEntry> {
  const decode = checked(NonceEntry, (entry) => entry)
  return readModel(nats, buckets.nonce, { ...options, capacity: SINGLE, decode: (_key, json) => decode(json) })
}

function checked<S extends TSchema, T>(schema: S, map: (entry: Static<S>) => T): (json: unknown) => T {
  const contract = Compile(schema)
  return (json) => {
    if (!contract.Check(json)) throw new Error('does not fit its contract')
    return map(json)
  }
}
