import type { EventStore, PartitionStore } from '../domain/ports.js'
import type { EventQuery, FoundEvent } from '../domain/queries.js'
import type { AuditRecord, Batch } from '../domain/record.js'
import type { Database } from './database.js'
import { Prisma } from './generated/client.js'
import { saveBatch } from './save-batch.js'

const TRANSACTION = { maxWait: 3_000, timeout: 10_000 } as const

/** Events in PostgreSQL. */
export function eventStore({ prisma }: Pick<Database, 'prisma'>, partitions: PartitionStore): EventStore {
  return {
    save: async (batch) => {
      await ensureDays(partitions, batch)
      return prisma.$transaction((tx) => saveBatch(tx, batch), TRANSACTION)
    },
    find: async (query) => {
      const rows = await prisma.$queryRaw<Row[]>(selectEvents(query))
      return rows.map(foundEvent)
    },
  }
}

/** Day by day: one record far off must not make partitions for all the days between. */
async function ensureDays(partitions: PartitionStore, { records }: Batch): Promise<void> {
  const timesOf = ({ timeMs, spend }: AuditRecord) => (spend === undefined ? [timeMs] : [timeMs, spend.expMs])
  const days = new Set(records.flatMap(timesOf).map((ms) => ms - (ms % 86_400_000)))
  for (const day of days) await partitions.ensure(day, day)
}

interface Row {
  time: Date
  id: string
  type: string
  received_at: Date
  broker_stream: string | null
  stream_seq: bigint | null
  body: string
  outcome: string | null
}

/** An outcome follows its intent within the signer's patience; the bounds keep the search to a few partitions. */
function selectEvents(query: EventQuery): Prisma.Sql {
  const { clientId, organisation, jti, type, before } = query
  const conditions = [
    Prisma.sql`e."time" >= ${new Date(query.fromMs)}`,
    Prisma.sql`e."time" < ${new Date(query.toMs)}`,
    ...(clientId === undefined ? [] : [Prisma.sql`e.client_id = ${clientId}`]),
    ...(organisation === undefined ? [] : [Prisma.sql`e.organisations @> ARRAY[${organisation}]`]),
    ...(jti === undefined ? [] : [Prisma.sql`e.jti = ${jti}`]),
    ...(type === undefined ? [] : [Prisma.sql`e.type = ${type}`]),
    ...(before === undefined
      ? []
      : [
          Prisma.sql`e."time" <= ${new Date(before.timeMs)}`,
          Prisma.sql`(e."time", e.id) < (${new Date(before.timeMs)}, ${before.id}::uuid)`,
        ]),
  ]
  return Prisma.sql`
    SELECT e."time", e.id::text, e.type, e.received_at, e.broker_stream, e.stream_seq, e.body::text, (
      SELECT o.body::text FROM event o
      WHERE o.about_epoch = e.epoch AND o.about_stream = e.stream AND o.about_n = e.n
        AND o."time" >= e."time" - interval '1 hour' AND o."time" < e."time" + interval '5 days' LIMIT 1) AS outcome
    FROM event e WHERE ${Prisma.join(conditions, ' AND ')}
    ORDER BY e."time" DESC, e.id DESC LIMIT ${query.limit + 1}`
}

function foundEvent(row: Row): FoundEvent {
  return {
    timeMs: row.time.getTime(),
    id: row.id,
    type: row.type,
    receivedMs: row.received_at.getTime(),
    ...(row.broker_stream === null ? {} : { broker: { stream: row.broker_stream, seq: Number(row.stream_seq) } }),
    body: JSON.parse(row.body) as Record<string, unknown>,
    ...(row.outcome === null ? {} : { unsignedReason: reasonIn(row.outcome) }),
  }
}

function reasonIn(outcome: string): string {
  const { data } = JSON.parse(outcome) as { data?: { reason?: unknown } }
  return typeof data?.reason === 'string' ? data.reason : 'unknown'
}
