import type { GapStore } from '../domain/ports.js'
import type { GapQuery, ListedGap } from '../domain/queries.js'
import type { Database } from './database.js'
import { Prisma } from './generated/client.js'
import { keepDecision } from './keep-decision.js'
import { loadSweepState } from './load-sweep-state.js'

const TRANSACTION = { maxWait: 3_000, timeout: 30_000 } as const

/** Gap detection's state in PostgreSQL. One process sweeps at a time; the others go on without waiting. */
export function gapStore({ prisma }: Pick<Database, 'prisma'>): GapStore {
  return {
    sweep: (decide) =>
      prisma.$transaction(async (tx) => {
        const [lock] = await tx.$queryRaw<{ taken: boolean }[]>`
          SELECT pg_try_advisory_xact_lock(hashtext('tillit_audit.sweep')) AS taken`
        if (lock?.taken !== true) return undefined
        const state = await loadSweepState(tx)
        const decision = decide(state)
        await keepDecision(tx, decision, state)
        return decision
      }, TRANSACTION),
    list: async (query) => {
      const rows = await prisma.$queryRaw<Row[]>(selectGaps(query))
      return rows.map(listedGap)
    },
    forget: async (beforeMs) => {
      const before = new Date(beforeMs)
      await prisma.$executeRaw`
        WITH gone AS (DELETE FROM epoch WHERE state <> 'open' AND last_seen < ${before} RETURNING producer, epoch)
        DELETE FROM sequence s USING gone g WHERE s.producer = g.producer AND s.epoch = g.epoch`
    },
  }
}

interface Row {
  id: string
  kind: 'missing' | 'lost_tail'
  producer: string
  epoch: string
  stream: string
  from_n: bigint
  to_n: bigint | null
  noticed_at: Date
  alarmed_at: Date
  resolved_at: Date | null
}

function selectGaps({ openOnly, before, limit }: GapQuery): Prisma.Sql {
  const conditions = [
    Prisma.sql`TRUE`,
    ...(openOnly ? [Prisma.sql`resolved_at IS NULL`] : []),
    ...(before === undefined ? [] : [Prisma.sql`(alarmed_at, id) < (${new Date(before.timeMs)}, ${before.id}::uuid)`]),
  ]
  return Prisma.sql`
    SELECT id::text, kind, producer, epoch, stream, from_n, to_n, noticed_at, alarmed_at, resolved_at
    FROM gap WHERE ${Prisma.join(conditions, ' AND ')} ORDER BY alarmed_at DESC, id DESC LIMIT ${limit + 1}`
}

function listedGap(row: Row): ListedGap {
  return {
    id: row.id,
    kind: row.kind,
    producer: row.producer,
    epoch: row.epoch,
    stream: row.stream,
    from: Number(row.from_n),
    ...(row.to_n === null ? {} : { to: Number(row.to_n) }),
    noticedMs: row.noticed_at.getTime(),
    alarmedMs: row.alarmed_at.getTime(),
    ...(row.resolved_at === null ? {} : { resolvedMs: row.resolved_at.getTime() }),
  }
}
