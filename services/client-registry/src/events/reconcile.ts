import type { Logger, Part } from '@tillit/service-kit'
import type { Outbox, Snapshot } from '../domain/outbox.js'
import type { RegistryBucket } from './bucket.js'

export interface ReconcilerOptions {
  readonly outbox: Outbox
  readonly bucket: RegistryBucket
  readonly log: Logger
  readonly everyMs?: number
}

const EVERY_MS = 5_000
const RECENT = 300
const PAGE = 200

/**
 * Compares PostgreSQL with what the bucket really holds, and puts what is missing or older (J05): the recent changes at every
 * turn, and page by page everything, so that a lost bucket is filled again.
 */
export function createReconciler({
  outbox,
  bucket,
  log,
  everyMs = EVERY_MS,
}: ReconcilerOptions): Part & { turn(): Promise<number> } {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  let running: Promise<void> | undefined
  let place: Snapshot | undefined

  const turn = async (): Promise<number> => {
    const recent = await repair(await outbox.recent(RECENT), bucket)
    const page = await outbox.page(PAGE, place)
    const swept = await repair(page, bucket)
    // A page that could not be repaired is not left behind: the throw keeps the place.
    place = page.length < PAGE ? undefined : page.at(-1)
    return recent + swept
  }
  const step = async (): Promise<void> => {
    let wait = everyMs
    try {
      const repaired = await turn()
      if (repaired > 0) {
        log.warn({ 'event.name': 'registry.reconciled', repaired }, 'entries were missing in the read model')
        wait = place === undefined ? everyMs : 0
      }
    } catch (err) {
      log.debug({ 'event.name': 'registry.reconcile_failed', err }, 'not reconciled just now')
    }
    if (!stopped) {
      timer = setTimeout(() => {
        running = step()
      }, wait)
    }
  }
  return {
    name: 'reconciler',
    turn,
    start: () => {
      timer = setTimeout(() => {
        running = step()
      }, everyMs)
      return Promise.resolve()
    },
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}

const AT_ONCE = 32

async function repair(snapshots: readonly Snapshot[], bucket: RegistryBucket): Promise<number> {
  let repaired = 0
  for (let at = 0; at < snapshots.length; at += AT_ONCE) {
    const results = await Promise.all(snapshots.slice(at, at + AT_ONCE).map((one) => bucket.putIfNewer(one)))
    repaired += results.filter(Boolean).length
  }
  return repaired
}
