import { buckets, PartitionsEntry, partitionsKey } from '@tillit/events'
import { readModel, type Nats, type ReadModel } from '@tillit/service-kit'
import { Value } from 'typebox/value'
import type { Partitions } from '../domain/ports.js'
import type { ReadModelSettings } from './registry.js'

/** The partition map. An old generation is never used again, and a map that may have changed unseen is no map. */
export function watchPartitions(
  nats: Nats,
  settings: Omit<ReadModelSettings, 'capacity'>,
): { model: ReadModel<PartitionsEntry>; partitions: Partitions } {
  const decode = (_key: string, json: unknown) => Value.Parse(PartitionsEntry, json)
  const model = readModel<PartitionsEntry>(nats, buckets.partitions, { ...settings, capacity: 16, decode })
  return { model, partitions: partitionsOf(model) }
}

export function partitionsOf(model: Pick<ReadModel<PartitionsEntry>, 'peek' | 'fresh'>): Partitions {
  let newest: PartitionsEntry | undefined
  return {
    current: () => {
      const entry = model.peek(partitionsKey)
      if (!entry || !model.fresh()) return undefined
      if (newest === undefined || entry.generation >= newest.generation) newest = entry
      return entry === newest ? entry : undefined
    },
  }
}
