import { encodeToken } from './encode.js'
import type { Identity, ServiceName } from './identities.js'

/** A read-model bucket: JetStream stream `KV_<name>`, subjects `$KV.<name>.<key>`; only the owner writes. */
export interface BucketContract {
  readonly name: string
  readonly owner: Identity
  readonly readers: readonly ServiceName[]
}

export const buckets = {
  /** Clients, organisations, APIs, delegations and revoked tokens (`registryKeys`). */
  registry: { name: 'registry', owner: 'client-registry', readers: ['token', 'signing-key', 'client-registry'] },
  /** One entry `jwks`: every public key with its state. */
  keys: { name: 'keys', owner: 'signing-key', readers: ['token', 'client-registry', 'audit', 'signing-key'] },
  /** One entry `dpop`: sealed DPoP nonce secrets. */
  nonce: { name: 'nonce', owner: 'signing-key', readers: ['token'] },
  /** One entry `issuance`: the partition map with its generation. */
  partitions: { name: 'partitions', owner: 'deploy', readers: ['signing-key', 'audit'] },
} as const satisfies Record<string, BucketContract>

/** Keys of the registry bucket. Every part that comes from input is encoded (J02). */
export const registryKeys = {
  client: (clientId: string): string => `client.${encodeToken(clientId)}`,
  organisation: (orgnr: string): string => `org.${encodeToken(orgnr)}`,
  api: (audience: string): string => `api.${encodeToken(audience)}`,
  delegation: (supplier: string, delegator: string): string =>
    `delegation.${encodeToken(supplier)}.${encodeToken(delegator)}`,
  revoked: (jti: string): string => `revoked.${encodeToken(jti)}`,
} as const
export const keysKey = 'jwks'
export const nonceKey = 'dpop'
export const partitionsKey = 'issuance'
