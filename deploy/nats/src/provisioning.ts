import { JetStreamApiError, jetstream, jetstreamManager } from '@nats-io/jetstream'
import type { JetStreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { buckets, INITIAL_PARTITIONS, partitionsKey } from '@tillit/events'
import type { PartitionsEntry, ServiceName } from '@tillit/events'
import { allStreams } from './permissions.js'
import { bucketConfig, durableConfig, limitsOf, streamConfig } from './streams.js'
import type { Limits, LimitsName, StreamSettings } from './streams.js'

export interface ProvisionOptions {
  /** Issuance partitions of a new installation; an existing map is never changed here. */
  readonly partitions?: number
  readonly replicas?: number
  readonly limits?: LimitsName | Limits
}

/** What was done, by name: for the log of a deployment. */
export interface Provisioned {
  readonly created: readonly string[]
  readonly updated: readonly string[]
  /** False when the partition map existed already. */
  readonly partitionsWritten: boolean
}

const WRONG_LAST_SEQUENCE = 10_071
const STREAM_NOT_FOUND = 10_059
const CONSUMER_NOT_FOUND = 10_014

/**
 * Creates or updates every stream, bucket and durable of the contracts, and writes the first partition map. It runs
 * as `deploy`, any number of times with the same result, and removes nothing.
 * @throws JetStreamApiError when the server refuses, such as for want of storage or a setting that cannot change.
 */
export async function provision(nc: NatsConnection, options: ProvisionOptions = {}): Promise<Provisioned> {
  const { partitions = INITIAL_PARTITIONS, replicas = 1, limits = 'production' } = options
  const manager = await jetstreamManager(nc, { checkAPI: false })
  const done = { created: [] as string[], updated: [] as string[] }
  for (const bucket of Object.values(buckets)) await putStream(manager, bucketConfig(bucket, replicas), done)
  for (const stream of allStreams(partitions)) {
    await putStream(manager, streamConfig(stream, limitsOf(limits), replicas), done)
    for (const reader of stream.readers) await putDurable(manager, { stream: stream.name, reader }, done)
  }
  return { ...done, partitionsWritten: await writeFirstPartitions(nc, partitions) }
}

interface Done {
  created: string[]
  updated: string[]
}

async function putStream(manager: JetStreamManager, settings: StreamSettings, done: Done): Promise<void> {
  const found = await orMissing(manager.streams.info(settings.name), STREAM_NOT_FOUND)
  if (found === undefined) {
    await manager.streams.add(settings)
    done.created.push(settings.name)
  } else if (differs(found.config, settings)) {
    await manager.streams.update(settings.name, settings)
    done.updated.push(settings.name)
  }
}

async function putDurable(
  manager: JetStreamManager,
  { stream, reader }: { stream: string; reader: ServiceName },
  done: Done,
): Promise<void> {
  const settings = durableConfig(reader)
  const name = `${stream}/${settings.durable_name}`
  const found = await orMissing(manager.consumers.info(stream, settings.durable_name), CONSUMER_NOT_FOUND)
  if (found === undefined) {
    await manager.consumers.add(stream, settings)
    done.created.push(name)
  } else if (differs(found.config, settings)) {
    await manager.consumers.update(stream, settings.durable_name, settings)
    done.updated.push(name)
  }
}

/** Two deployments at once, or a later one, leave the first map standing: the expected sequence is "none yet". */
async function writeFirstPartitions(nc: NatsConnection, partitions: number): Promise<boolean> {
  const entry: PartitionsEntry = { generation: 1, partitions, issueFrom: 0 }
  const subject = `$KV.${buckets.partitions.name}.${partitionsKey}`
  try {
    await jetstream(nc).publish(subject, JSON.stringify(entry), { expect: { lastSubjectSequence: 0 } })
    return true
  } catch (err) {
    if (codeOf(err) === WRONG_LAST_SEQUENCE) return false
    throw err
  }
}

function differs(found: object, wanted: object): boolean {
  const have = found as Record<string, unknown>
  return Object.entries(wanted).some(([key, value]) => JSON.stringify(have[key] ?? false) !== JSON.stringify(value))
}

async function orMissing<T>(answer: Promise<T>, missing: number): Promise<T | undefined> {
  try {
    return await answer
  } catch (err) {
    if (codeOf(err) === missing) return undefined
    throw err
  }
}

const codeOf = (err: unknown): number | undefined => (err instanceof JetStreamApiError ? err.code : undefined)
