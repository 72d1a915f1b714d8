import type { Backlog, Lane, Outbox, OutboxRow, Published, Snapshot } from '../domain/outbox.js'
import type { PrismaClient } from './generated/client.js'
import type { Transaction } from './database.js'
import { outboxRowOf } from './outbox-rows.js'
import { readPage } from './read-page.js'

/** Advisory locks of the lanes: whoever holds one is the only relay of that lane among all replicas. */
const LOCK: Readonly<Record<Lane, number>> = { put: 7_301, tell: 7_302 }
/** Longer than a batch takes; a frozen replica loses its lock when PostgreSQL ends its idle transaction (15 s). */
const TRANSACTION = { maxWait: 3_000, timeout: 14_000 }

/** The outbox in PostgreSQL. */
export class PrismaOutbox implements Outbox {
  constructor(
    private readonly prisma: PrismaClient,
    private readonly now: () => number,
  ) {}

  async take(
    lane: Lane,
    limit: number,
    publish: (rows: readonly OutboxRow[]) => Promise<Published>,
  ): Promise<Published | undefined> {
    if ((await next(this.prisma, lane, 1)).length === 0) return undefined
    return this.prisma.$transaction(async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(${LOCK[lane]}::bigint)`
      const rows = await next(tx, lane, limit)
      if (rows.length === 0) return undefined
      const published = await publish(rows)
      if (published.done.length > 0) await this.mark(tx, lane, published.done)
      return published
    }, TRANSACTION)
  }

  private async mark(tx: Transaction, lane: Lane, revisions: readonly number[]): Promise<void> {
    const at = new Date(this.now())
    await tx.outbox.updateMany({
      where: { revision: { in: revisions.map(BigInt) } },
      data: lane === 'put' ? { putAt: at } : { toldAt: at },
    })
  }

  async backlog(): Promise<Backlog> {
    const { _count, _min } = await this.prisma.outbox.aggregate({
      where: { toldAt: null },
      _count: { _all: true },
      _min: { createdAt: true },
    })
    return { pending: _count._all, ...(_min.createdAt === null ? {} : { oldest: _min.createdAt.getTime() }) }
  }

  async revision(): Promise<number> {
    const state = await this.prisma.registryState.findUnique({ where: { id: 1 } })
    return Number(state?.revision ?? 0)
  }

  async recent(limit: number): Promise<Snapshot[]> {
    const rows = await this.prisma.outbox.findMany({
      where: { putAt: { not: null } },
      orderBy: { revision: 'desc' },
      take: limit,
    })
    const seen = new Set<string>()
    return rows.map(outboxRowOf).filter(({ kind, subject }) => {
      const id = JSON.stringify([kind, subject])
      return !seen.has(id) && seen.add(id)
    })
  }

  page(limit: number, after?: Pick<Snapshot, 'kind' | 'subject'>): Promise<Snapshot[]> {
    return readPage(this.prisma, limit, after)
  }
}

/** Only what is put is told, so the lanes keep their order without waiting for one another. */
async function next(tx: Transaction, lane: Lane, limit: number): Promise<OutboxRow[]> {
  const where = lane === 'put' ? { putAt: null } : { putAt: { not: null }, toldAt: null }
  const rows = await tx.outbox.findMany({ where, orderBy: { revision: 'asc' }, take: limit })
  return rows.map(outboxRowOf)
}
