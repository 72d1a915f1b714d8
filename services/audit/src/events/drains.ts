import { issuanceStreamName, partitionsKey, streams } from '@tillit/events'
import type { PartitionsEntry } from '@tillit/events'
import { withRetry } from '@tillit/service-kit'
import type { Logger, Part, ReadModel } from '@tillit/service-kit'
import type { Observed } from '../domain/reading.js'
import { drainOf } from './drain.js'
import type { Drain, DrainDeps, Lag } from './drain.js'

export interface DrainsOptions extends DrainDeps {
  readonly partitions: Pick<ReadModel<PartitionsEntry>, 'get' | 'onChange'>
  readonly log: Logger
}

export interface Drains extends Part {
  readonly lags: () => Lag[]
  readonly observed: () => Observed[]
}

/**
 * Drains every stream that audit reads, each at its own pace. The number of issuance partitions comes from the partition map;
 * when it grows the new ones are joined, and an old one is never left, because it may still hold records.
 */
export function drainAll(options: DrainsOptions): Drains {
  const { partitions, log } = options
  const drains = new Map<string, Drain>()
  let started = false
  let stopped = false

  const join = async (stream: string): Promise<void> => {
    if (drains.has(stream)) return
    const drain = drainOf(stream, options)
    drains.set(stream, drain)
    await withRetry(async () => (stopped ? undefined : drain.part.start?.()), {
      budgetMs: Infinity,
      onRetry: (err) => log.warn({ 'event.name': 'audit.drain.start', stream, err }, 'Drain not started yet'),
    })
  }
  const joinPartitions = async ({ partitions: count }: PartitionsEntry): Promise<void> => {
    for (let partition = 0; partition < count; partition += 1) await join(issuanceStreamName(partition))
  }
  partitions.onChange((key, entry) => {
    if (started && key === partitionsKey && entry !== null) void joinPartitions(entry)
  })

  return {
    name: 'drains',
    start: async () => {
      await join(streams.auditEvents.name)
      await join(streams.registryChanges.name)
      started = true
      const entry = await partitions.get(partitionsKey)
      if (entry === null) throw new Error('there is no partition map: run the provisioning of deploy/nats')
      await joinPartitions(entry)
    },
    ready: () => {
      for (const { part } of drains.values()) {
        const ready = part.ready?.() ?? true
        if (ready !== true) return ready
      }
      return true
    },
    flush: async () => {
      await Promise.all([...drains.values()].map(async ({ part }) => part.flush?.()))
    },
    stop: async () => {
      stopped = true
      await Promise.all([...drains.values()].map(async ({ part }) => part.stop?.()))
    },
    lags: () => [...drains.values()].map((drain) => drain.lag()),
    observed: () => [...drains.values()].flatMap((drain) => drain.observed() ?? []),
  }
}
