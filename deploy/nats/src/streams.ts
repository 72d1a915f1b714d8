import { AckPolicy, DeliverPolicy, DiscardPolicy, ReplayPolicy, RetentionPolicy, StorageType } from '@nats-io/jetstream'
import type { ConsumerConfig, StreamConfig } from '@nats-io/jetstream'
import { nanos } from '@nats-io/nats-core'
import { buckets, durableName, jetStreamConfig } from '@tillit/events'
import type { BucketContract, ServiceName, StreamContract } from '@tillit/events'

/** Bytes that one stream may hold. JetStream reserves them when it creates a stream, so a laptop needs small ones. */
export interface Limits {
  readonly fileBytes: number
  readonly memoryBytes: number
}
export type LimitsName = 'local' | 'production'

const MIB = 1024 ** 2
const limits: Record<LimitsName, Limits | undefined> = {
  local: { fileBytes: 256 * MIB, memoryBytes: 64 * MIB },
  production: undefined,
}

/** `production` takes the contract's own sizes; a pair of numbers is for tests of a full stream. */
export const limitsOf = (choice: LimitsName | Limits): Limits | undefined =>
  typeof choice === 'string' ? limits[choice] : choice

/** A stream contract in JetStream's terms (reliability.md, section 2: required settings). */
export function streamConfig(contract: StreamContract, size: Limits | undefined, replicas: number): StreamSettings {
  const maxBytes = (contract.storage === 'file' ? size?.fileBytes : size?.memoryBytes) ?? Infinity
  return jetStreamConfig(contract, { maxBytes, replicas })
}

/** A bucket: the last value of each key, readable directly; the registry's revocations expire one by one. */
export function bucketConfig(bucket: BucketContract, replicas: number): StreamSettings {
  return {
    name: `KV_${bucket.name}`,
    subjects: [`$KV.${bucket.name}.>`],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_msgs_per_subject: 1,
    allow_direct: true,
    allow_rollup_hdrs: true,
    allow_msg_ttl: bucket.name === buckets.registry.name,
    deny_delete: true,
    num_replicas: replicas,
  }
}

/** A reader's durable. Nothing is given up: a message comes back until it is acknowledged. */
export const durableConfig = (reader: ServiceName): Partial<ConsumerConfig> & { durable_name: string } => ({
  durable_name: durableName(reader),
  ack_policy: AckPolicy.Explicit,
  deliver_policy: DeliverPolicy.All,
  replay_policy: ReplayPolicy.Instant,
  ack_wait: nanos(30_000),
  max_ack_pending: 4_096,
  max_deliver: -1,
})

export type StreamSettings = Partial<StreamConfig> & { name: string }
