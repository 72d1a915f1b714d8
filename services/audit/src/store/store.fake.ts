import { setImmediate as turn } from 'node:timers/promises'
import { progressOf } from '../domain/progress.js'
import type { EventStore, GapStore, ProofStore } from '../domain/ports.js'
import type { EventQuery, FoundEvent, ListedGap } from '../domain/queries.js'
import type { AuditRecord, Batch, Conflict, Malformed, Saved } from '../domain/record.js'
import { decideInMemory, emptyMemory } from './sweep.fake.js'
import type { SweepMemory } from './sweep.fake.js'

/** A value that PostgreSQL would refuse. */
export class FakeRefusal extends Error {}

export interface FakeStore {
  readonly events: EventStore
  readonly gaps: GapStore
  readonly proofs: ProofStore
  readonly refusesData: (err: unknown) => boolean
  /** Every call fails from now on, as with a database that is away, or works again. */
  setAway(away: boolean): void
  readonly records: readonly AuditRecord[]
  readonly malformed: readonly Malformed[]
}

/** audit's stores in memory, held to `auditStoreSuite` like the real ones. */
export function fakeStore(): FakeStore {
  const records: AuditRecord[] = []
  const malformed: Malformed[] = []
  const conflicts = new Set<string>()
  const spends = new Map<string, string>()
  const proofs = new Set<string>()
  const memory = emptyMemory(records)
  let away = false
  /** A refused connection takes its time; failing at once would let whoever tries again starve everybody else. */
  const present = async (): Promise<void> => {
    if (!away) return
    await turn()
    throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  }
  return {
    records,
    malformed,
    refusesData: (err) => err instanceof FakeRefusal,
    setAway: (value) => (away = value),
    events: {
      save: async (batch) => {
        await present()
        return saveInMemory(batch, { records, malformed, conflicts, spends, memory })
      },
      find: async (query) => {
        await present()
        return findInMemory(records, query)
      },
    },
    gaps: {
      sweep: async (decide) => {
        await present()
        return decideInMemory(memory, decide)
      },
      forget: async () => present(),
      list: async ({ openOnly, limit, before }) => {
        await present()
        const after = ({ alarmedMs, id }: ListedGap) =>
          before === undefined || alarmedMs < before.timeMs || (alarmedMs === before.timeMs && id < before.id)
        const all = [...memory.gaps.values()].filter((gap) => (!openOnly || gap.resolvedMs === undefined) && after(gap))
        return all.sort((a, b) => b.alarmedMs - a.alarmedMs || order(b.id, a.id)).slice(0, limit + 1)
      },
    },
    proofs: {
      spend: async (id) => {
        await present()
        return proofs.size < proofs.add(id).size
      },
    },
  }
}

interface Memory {
  readonly records: AuditRecord[]
  readonly malformed: Malformed[]
  readonly conflicts: Set<string>
  readonly spends: Map<string, string>
  readonly memory: SweepMemory
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function saveInMemory(batch: Batch, into: Memory): Saved {
  if (batch.records.some(({ organisations }) => organisations.some((one) => one.includes('\u0000'))))
    throw new FakeRefusal('invalid byte')
  const inserted: AuditRecord[] = []
  const found: Conflict[] = []
  for (const record of batch.records) {
    const standing = into.records.find(({ id }) => id === record.id)
    if (standing !== undefined && standing.body !== record.body) found.push({ kind: 'event', key: record.id, record })
    if (standing !== undefined) continue
    into.records.push(record)
    inserted.push(record)
    if (record.spend !== undefined && into.spends.has(record.spend.hash))
      found.push({ kind: 'spend', key: record.spend.hash, record })
    if (record.spend !== undefined) into.spends.set(record.spend.hash, record.id)
  }
  const conflicts = found.filter(({ kind, key, record }) => isNew(into.conflicts, `${kind} ${key} ${record.body}`))
  const malformed = batch.malformed.filter(
    ({ seq, raw }) => !into.malformed.some((one) => one.seq === seq && Buffer.compare(one.raw, raw) === 0),
  )
  into.malformed.push(...malformed)
  into.memory.progress.push(progressOf(inserted))
  const repeated = batch.records.length - inserted.length - found.filter(({ kind }) => kind === 'event').length
  return { inserted: inserted.length, repeated, conflicts, malformed }
}

const isNew = (set: Set<string>, key: string): boolean => set.size < set.add(key).size

function findInMemory(records: readonly AuditRecord[], query: EventQuery): FoundEvent[] {
  const { clientId, organisation, jti, type, before } = query
  const matches = (record: AuditRecord): boolean =>
    record.timeMs >= query.fromMs &&
    record.timeMs < query.toMs &&
    (clientId === undefined || record.clientId === clientId) &&
    (organisation === undefined || record.organisations.includes(organisation)) &&
    (jti === undefined || record.jti === jti) &&
    (type === undefined || record.type === type) &&
    (before === undefined || order(record.id, before.id) < 0)
  return records
    .filter(matches)
    .sort((a, b) => order(b.id, a.id))
    .slice(0, query.limit + 1)
    .map((record) => foundIn(records, record))
}

function foundIn(records: readonly AuditRecord[], record: AuditRecord): FoundEvent {
  const { id, timeMs, type, broker, body, epoch, stream, n } = record
  const outcome = records.find(({ about }) => about?.epoch === epoch && about.stream === stream && about.n === n)
  const reason = outcome && (JSON.parse(outcome.body) as { data: { reason?: string } }).data.reason
  return {
    id,
    timeMs,
    type,
    receivedMs: Date.now(),
    ...(broker === undefined ? {} : { broker }),
    body: JSON.parse(body) as Record<string, unknown>,
    ...(outcome === undefined ? {} : { unsignedReason: reason ?? 'unknown' }),
  }
}
