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
  let ahead = false

  const turn = async (): Promise<number> => {
    const page = await outbox.page(PAGE, place)
    const found = await repair([...(await outbox.recent(RECENT)), ...page], bucket)
    noteAhead(found.highest > (await outbox.revision()))
    // A page that could not be repaired is not left behind: the throw keeps the place.
    place = page.length < PAGE ? undefined : page.at(-1)
    return found.repaired
  }
  /** The database was put back to an older state than the read model: nobody would take its changes. */
  const noteAhead = (now: boolean): void => {
    if (now && !ahead)
      log.error(
        { 'event.name': 'registry.bucket_ahead' },
        'the read model is ahead of the database: empty the bucket registry',
      )
    ahead = now
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

async function repair(
  snapshots: readonly Snapshot[],
  bucket: RegistryBucket,
): Promise<{ repaired: number; highest: number }> {
  let repaired = 0
  let highest = 0
  for (let at = 0; at < snapshots.length; at += AT_ONCE) {
    const results = await Promise.all(snapshots.slice(at, at + AT_ONCE).map((one) => bucket.putIfNewer(one)))
    repaired += results.filter(({ put }) => put).length
    highest = Math.max(highest, ...results.map(({ revision }) => revision))
  }
  return { repaired, highest }
}
