import type { Logger, Part } from '@tillit/service-kit'
import type { GapStore, PartitionStore } from '../domain/ports.js'

export interface Retention {
  readonly event: number
  readonly spend: number
}

export interface KeeperStores {
  readonly partitions: PartitionStore
  readonly gaps: Pick<GapStore, 'forget'>
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const AGAIN_MS = 10_000
const DAYS_AHEAD = 7
/** A proof is forgotten two minutes after its time; the day after, its partition goes. */
const PROOF_DAYS = 1
/** An epoch that ended so long ago has nothing left in any stream. */
const EPOCH_DAYS = 30

/** Makes the days ahead and drops the days past, hourly. Harmless in several replicas at once. */
export function partitionKeeper(stores: KeeperStores, retention: Retention, log: Logger): Part {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const keep = async (): Promise<void> => {
    let wait = HOUR_MS
    try {
      await keepOnce(stores, retention, log)
    } catch (err) {
      wait = AGAIN_MS
      log.warn({ 'event.name': 'audit.partitions.failed', err }, 'Partitions could not be kept, trying again')
    }
    if (!stopped) timer = setTimeout(() => void keep(), wait).unref()
  }
  return {
    name: 'partitions',
    start: keep,
    stop: () => {
      stopped = true
      clearTimeout(timer)
      return Promise.resolve()
    },
  }
}

async function keepOnce({ partitions, gaps }: KeeperStores, retention: Retention, log: Logger): Promise<void> {
  await partitions.ensure(Date.now() - DAY_MS, Date.now() + DAYS_AHEAD * DAY_MS)
  await gaps.forget(Date.now() - EPOCH_DAYS * DAY_MS)
  const days = { event: retention.event, spend: retention.spend, spent_proof: PROOF_DAYS } as const
  for (const table of ['event', 'spend', 'spent_proof'] as const) {
    const dropped = await partitions.drop(table, days[table])
    if (dropped.length > 0) log.info({ 'event.name': 'audit.partitions.dropped', dropped }, 'Retention dropped days')
  }
}
