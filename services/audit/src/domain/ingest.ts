import type { Alarms, EventStore } from './ports.js'
import type { AuditRecord, Batch, Malformed, Saved } from './record.js'

export interface IngestDeps {
  readonly store: Pick<EventStore, 'save'>
  readonly alarms: Pick<Alarms, 'conflict' | 'malformed'>
  /** The database will never take this value: a retry is of no use. */
  readonly refusesData: (err: unknown) => boolean
}

const NOTHING: Saved = { inserted: 0, repeated: 0, conflicts: [], malformed: [] }

/**
 * Keeps a batch, then raises what must be heard. Resolves only when everything is committed, so that the caller may
 * acknowledge; throws when the database is not there, so that the broker sends the batch again. A record that the database
 * refuses is found by halving and set aside: one bad record never holds up a stream.
 */
export async function ingest(batch: Batch, deps: IngestDeps): Promise<Saved> {
  const saved = await saveOrHalve(batch, deps)
  for (const conflict of saved.conflicts) deps.alarms.conflict(conflict)
  for (const malformed of saved.malformed) deps.alarms.malformed(malformed)
  return saved
}

async function saveOrHalve(batch: Batch, deps: IngestDeps): Promise<Saved> {
  if (batch.records.length + batch.malformed.length === 0) return NOTHING
  try {
    return await deps.store.save(batch)
  } catch (err) {
    const [only, ...more] = batch.records
    if (only === undefined || !deps.refusesData(err)) throw err
    if (more.length === 0) return setAside(only, batch.malformed, deps)
    const half = batch.records.length >> 1
    const first = await saveOrHalve({ records: batch.records.slice(0, half), malformed: batch.malformed }, deps)
    const second = await saveOrHalve({ records: batch.records.slice(half), malformed: [] }, deps)
    return {
      inserted: first.inserted + second.inserted,
      repeated: first.repeated + second.repeated,
      conflicts: [...first.conflicts, ...second.conflicts],
      malformed: [...first.malformed, ...second.malformed],
    }
  }
}

function setAside(record: AuditRecord, others: readonly Malformed[], deps: IngestDeps): Promise<Saved> {
  const refused: Malformed = {
    brokerStream: record.broker?.stream ?? 'own',
    seq: record.broker?.seq ?? 0,
    subject: record.type,
    reason: 'the database refuses a value in it',
    raw: new TextEncoder().encode(record.body),
  }
  return deps.store.save({ records: [], malformed: [...others, refused] })
}
