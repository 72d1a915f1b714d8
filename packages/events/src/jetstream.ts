import type { StreamContract } from './streams.js'

/** What an installation decides about a stream: its size in bytes, at most the contract's, and its replicas. */
export interface StreamPlacement {
  readonly maxBytes: number
  readonly replicas: number
}

const NANOSECONDS = 1_000_000_000

/** A stream contract as the JetStream API takes it (reliability.md, section 2: required settings). */
export function jetStreamConfig(contract: StreamContract, { maxBytes, replicas }: StreamPlacement): JetStreamConfig {
  return {
    name: contract.name,
    subjects: [...contract.subjects],
    retention: 'limits',
    storage: contract.storage,
    discard: contract.discard,
    max_age: contract.maxAgeSeconds * NANOSECONDS,
    max_bytes: Math.min(contract.maxBytes, maxBytes),
    duplicate_window: contract.duplicateWindowSeconds * NANOSECONDS,
    deny_delete: contract.denyDeleteAndPurge,
    deny_purge: contract.denyDeleteAndPurge,
    num_replicas: replicas,
  }
}

/** Times in nanoseconds, as the API has them. */
export interface JetStreamConfig {
  readonly name: string
  readonly subjects: string[]
  readonly retention: 'limits'
  readonly storage: 'file' | 'memory'
  readonly discard: 'new' | 'old'
  readonly max_age: number
  readonly max_bytes: number
  readonly duplicate_window: number
  readonly deny_delete: boolean
  readonly deny_purge: boolean
  readonly num_replicas: number
}
