import type { OutboxRow, Published } from '../domain/outbox.js'
import type { Last, RegistryBucket } from './bucket.js'
import { keyOf } from './entries.js'

const NEW: Last = { seq: 0, revision: 0 }

/**
 * Puts rows into the read model, many at once: keys are independent, and of one key only the newest row counts. A row is done
 * when its key holds its revision or a higher one.
 */
export async function putEntries(rows: readonly OutboxRow[], bucket: RegistryBucket): Promise<Published> {
  const byKey = new Map<string, OutboxRow[]>()
  for (const row of rows) byKey.set(keyOf(row), [...(byKey.get(keyOf(row)) ?? []), row])
  const done: number[] = []
  let error: unknown
  await Promise.all(
    [...byKey.values()].map(async (same) => {
      const newest = same.at(-1)
      if (!newest) return
      const first = same[0]?.action === 'created' || same[0]?.action === 'revoked'
      try {
        await bucket.putIfNewer(newest, first ? NEW : undefined)
        done.push(...same.map(({ revision }) => revision))
      } catch (cause) {
        error ??= cause
      }
    }),
  )
  return error === undefined ? { done } : { done, error }
}
