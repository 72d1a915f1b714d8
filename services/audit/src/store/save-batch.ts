import { hash } from 'node:crypto'
import { progressOf } from '../domain/progress.js'
import type { AuditRecord, Batch, Conflict, Malformed, Saved } from '../domain/record.js'
import type { Queries } from './database.js'

/**
 * Writes a batch inside a transaction. Rows travel as one JSON parameter a statement, in the order of their keys, so that two
 * replicas with overlapping batches wait for one another instead of deadlocking.
 */
export async function saveBatch(tx: Queries, batch: Batch): Promise<Saved> {
  const records = [...batch.records].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
  const { inserted, others } = await insertEvents(tx, records)
  const eventConflicts = others.length === 0 ? [] : await differing(tx, others)
  const spendConflicts = await insertSpends(tx, inserted)
  const conflicts = await setAsideConflicts(tx, [...eventConflicts, ...spendConflicts])
  const malformed = await setAsideMalformed(tx, batch.malformed)
  await saveProgress(tx, inserted)
  const repeated = records.length - inserted.length - eventConflicts.length
  return { inserted: inserted.length, repeated, conflicts, malformed }
}

const iso = (ms: number): string => new Date(ms).toISOString()

interface Inserted {
  readonly inserted: AuditRecord[]
  /** Their id was there before, in the table or earlier in the batch. */
  readonly others: AuditRecord[]
}

async function insertEvents(tx: Queries, records: readonly AuditRecord[]): Promise<Inserted> {
  if (records.length === 0) return { inserted: [], others: [] }
  const first = new Map<string, AuditRecord>()
  for (const record of records) if (!first.has(record.id)) first.set(record.id, record)
  const rows = await tx.$queryRaw<{ id: string }[]>`
    INSERT INTO event ("time", id, type, producer, epoch, stream, n, broker_stream, stream_seq, stored_at, client_id, jti,
                       organisations, about_epoch, about_stream, about_n, body)
    SELECT "time", id, type, producer, epoch, stream, n, broker_stream, stream_seq, stored_at, client_id, jti,
           organisations, about_epoch, about_stream, about_n, body::json
    FROM json_to_recordset(${JSON.stringify([...first.values()].map(eventRow))}::json) AS r(
      "time" timestamptz, id uuid, type text, producer text, epoch text, stream text, n bigint, broker_stream text,
      stream_seq bigint, stored_at timestamptz, client_id text, jti text, organisations text[], about_epoch text,
      about_stream text, about_n bigint, body text)
    ON CONFLICT ("time", id) DO NOTHING
    RETURNING id::text`
  const written = new Set(rows.map((row) => row.id))
  const inserted = [...first.values()].filter((record) => written.has(record.id))
  const kept = new Set(inserted)
  return { inserted, others: records.filter((record) => !kept.has(record)) }
}

function eventRow(record: AuditRecord): object {
  const { broker, about } = record
  return {
    time: iso(record.timeMs),
    id: record.id,
    type: record.type,
    producer: record.producer,
    epoch: record.epoch,
    stream: record.stream,
    n: record.n,
    broker_stream: broker?.stream,
    stream_seq: broker?.seq,
    stored_at: broker === undefined ? undefined : iso(broker.storedMs),
    client_id: record.clientId,
    jti: record.jti,
    organisations: record.organisations,
    about_epoch: about?.epoch,
    about_stream: about?.stream,
    about_n: about?.n,
    body: record.body,
  }
}

/** Of records whose id was taken, those that differ from what stands there. The same bytes are a redelivery. */
async function differing(tx: Queries, records: readonly AuditRecord[]): Promise<Conflict[]> {
  const keys = JSON.stringify(records.map((record) => ({ time: iso(record.timeMs), id: record.id })))
  const rows = await tx.$queryRaw<{ id: string; body: string }[]>`
    SELECT e.id::text, e.body::text FROM event e
    JOIN json_to_recordset(${keys}::json) AS r("time" timestamptz, id uuid) ON e."time" = r."time" AND e.id = r.id`
  const standing = new Map(rows.map((row) => [row.id, row.body]))
  return records
    .filter((record) => standing.get(record.id) !== record.body)
    .map((record) => ({ kind: 'event', key: record.id, record }))
}

async function insertSpends(tx: Queries, records: readonly AuditRecord[]): Promise<Conflict[]> {
  const spent = records.flatMap((record) => (record.spend === undefined ? [] : [{ record, spend: record.spend }]))
  if (spent.length === 0) return []
  const rows = spent.map(({ record, spend }) => ({ hash: spend.hash, exp: iso(spend.expMs), event_id: record.id }))
  const written = await tx.$queryRaw<{ event_id: string }[]>`
    INSERT INTO spend (hash, exp, event_id)
    SELECT hash, exp, event_id
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS r(hash text, exp timestamptz, event_id uuid)
    ORDER BY hash, exp
    ON CONFLICT (hash, exp) DO NOTHING
    RETURNING event_id::text`
  const kept = new Set(written.map((row) => row.event_id))
  return spent
    .filter(({ record }) => !kept.has(record.id))
    .map(({ record, spend }) => ({ kind: 'spend', key: spend.hash, record }))
}

/** Keeps what was not kept before: a batch that comes again raises no alarm again. */
async function setAsideConflicts(tx: Queries, conflicts: readonly Conflict[]): Promise<Conflict[]> {
  const kept: Conflict[] = []
  for (const conflict of conflicts) {
    const { kind, key, record } = conflict
    const digest = hash('sha256', record.body, 'base64url')
    const count = await tx.$executeRaw`
      INSERT INTO conflict (kind, key, digest, broker_stream, stream_seq, body)
      VALUES (${kind}, ${key}, ${digest}, ${record.broker?.stream ?? 'own'}, ${record.broker?.seq ?? 0}, ${record.body})
      ON CONFLICT (kind, key, digest) DO NOTHING`
    if (count === 1) kept.push(conflict)
  }
  return kept
}

async function setAsideMalformed(tx: Queries, malformed: readonly Malformed[]): Promise<Malformed[]> {
  const kept: Malformed[] = []
  for (const message of malformed) {
    const { brokerStream, seq, subject, reason, raw } = message
    const digest = hash('sha256', raw, 'base64url')
    const count = await tx.$executeRaw`
      INSERT INTO malformed (digest, broker_stream, stream_seq, subject, reason, raw)
      VALUES (${digest}, ${brokerStream}, ${seq}, ${subject}, ${reason}, ${Buffer.from(raw)})
      ON CONFLICT (broker_stream, stream_seq, digest) DO NOTHING`
    if (count === 1) kept.push(message)
  }
  return kept
}

async function saveProgress(tx: Queries, records: readonly AuditRecord[]): Promise<void> {
  const { epochs, sequences } = progressOf(records)
  if (epochs.length === 0) return
  const epochRows = epochs.map(({ lastSeenMs, closed, ...rest }) => ({
    ...rest,
    state: closed ? 'closed' : 'open',
    last_seen: iso(lastSeenMs),
  }))
  await tx.$executeRaw`
    INSERT INTO epoch (producer, epoch, state, beats, last_seen)
    SELECT producer, epoch, state, beats, last_seen FROM json_to_recordset(${JSON.stringify(epochRows)}::json)
      AS r(producer text, epoch text, state text, beats boolean, last_seen timestamptz)
    ON CONFLICT (producer, epoch) DO UPDATE SET
      state = CASE WHEN EXCLUDED.state = 'closed' THEN 'closed' ELSE epoch.state END,
      beats = epoch.beats OR EXCLUDED.beats,
      last_seen = GREATEST(epoch.last_seen, EXCLUDED.last_seen)`
  await tx.$executeRaw`
    INSERT INTO sequence (producer, epoch, stream, highest, announced, checked)
    SELECT producer, epoch, stream, highest, announced, 0 FROM json_to_recordset(${JSON.stringify(sequences)}::json)
      AS r(producer text, epoch text, stream text, highest bigint, announced bigint)
    ON CONFLICT (producer, epoch, stream) DO UPDATE SET
      highest = GREATEST(sequence.highest, EXCLUDED.highest),
      announced = GREATEST(sequence.announced, EXCLUDED.announced)`
}
