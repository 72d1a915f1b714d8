import type { PartitionStore } from '../domain/ports.js'
import type { Queries } from './database.js'

const DAY_MS = 86_400_000
const dayOf = (ms: number): number => Math.floor(ms / DAY_MS)
const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10)

/** Days as partitions. What was made is remembered, so that the usual batch asks nothing. */
export function partitionStore(queries: Queries): PartitionStore {
  const made = new Set<number>()
  return {
    ensure: async (fromMs, toMs) => {
      const [first, last] = [dayOf(fromMs), dayOf(toMs)]
      const days = Array.from({ length: last - first + 1 }, (_, index) => first + index)
      if (days.every((day) => made.has(day))) return
      await queries.$queryRaw`SELECT audit_ensure_partitions(${dateOf(first)}::date, ${dateOf(last)}::date)::text`
      for (const day of days) made.add(day)
    },
    drop: async (table, keepDays) => {
      const rows = await queries.$queryRaw<{ dropped: string[] }[]>`
        SELECT audit_drop_partitions(${table}, ${keepDays}::int) AS dropped`
      made.clear()
      return rows[0]?.dropped ?? []
    },
  }
}
