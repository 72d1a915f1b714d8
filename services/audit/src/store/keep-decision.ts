import type { SweepDecision, SweepState } from '../domain/sweep.js'
import type { Queries } from './database.js'

const iso = (ms: number): string => new Date(ms).toISOString()

/** Writes a sweep's decision, inside the transaction that loaded its state under the sweep's lock. */
export async function keepDecision(tx: Queries, decision: SweepDecision, before: SweepState): Promise<void> {
  await keepReadings(tx, decision)
  await keepChecked(tx, decision)
  await keepAlarms(tx, decision)
  if (before.holes.length + decision.holes.length > 0) await keepHoles(tx, decision)
  await keepEpochs(tx, decision)
}

async function keepReadings(tx: Queries, { readings }: SweepDecision): Promise<void> {
  const rows = readings.map(({ stream, sinceMs, untilMs }) => ({ stream, since: iso(sinceMs), until: iso(untilMs) }))
  await tx.$executeRaw`
    INSERT INTO reading (stream, since, until)
    SELECT stream, since, until FROM json_to_recordset(${JSON.stringify(rows)}::json)
      AS r(stream text, since timestamptz, until timestamptz)
    ON CONFLICT (stream) DO UPDATE SET since = EXCLUDED.since, until = EXCLUDED.until`
}

async function keepChecked(tx: Queries, { checked }: SweepDecision): Promise<void> {
  if (checked.length === 0) return
  await tx.$executeRaw`
    UPDATE sequence s SET checked = r.checked
    FROM json_to_recordset(${JSON.stringify(checked)}::json)
      AS r(producer text, epoch text, stream text, checked bigint)
    WHERE s.producer = r.producer AND s.epoch = r.epoch AND s.stream = r.stream`
}

async function keepHoles(tx: Queries, { holes }: SweepDecision): Promise<void> {
  const rows = holes.map(({ from, to, noticedMs, gapId, ...key }) => ({
    ...key,
    from_n: from,
    to_n: to,
    noticed_at: iso(noticedMs),
    gap_id: gapId,
  }))
  await tx.$executeRaw`DELETE FROM hole`
  await tx.$executeRaw`
    INSERT INTO hole (producer, epoch, stream, from_n, to_n, noticed_at, gap_id)
    SELECT producer, epoch, stream, from_n, to_n, noticed_at, gap_id FROM json_to_recordset(${JSON.stringify(rows)}::json)
      AS r(producer text, epoch text, stream text, from_n bigint, to_n bigint, noticed_at timestamptz, gap_id uuid)`
}

async function keepAlarms(tx: Queries, { alarms, filled }: SweepDecision): Promise<void> {
  if (alarms.length + filled.length === 0) return
  const rows = alarms.map(({ from, to, noticedMs, alarmedMs, ...rest }) => ({
    ...rest,
    from_n: from,
    to_n: to,
    noticed_at: iso(noticedMs),
    alarmed_at: iso(alarmedMs),
  }))
  await tx.$executeRaw`
    INSERT INTO gap (id, kind, producer, epoch, stream, from_n, to_n, noticed_at, alarmed_at)
    SELECT id, kind, producer, epoch, stream, from_n, to_n, noticed_at, alarmed_at
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS r(id uuid, kind text, producer text, epoch text, stream text,
      from_n bigint, to_n bigint, noticed_at timestamptz, alarmed_at timestamptz)`
  for (const id of filled) await tx.$executeRaw`UPDATE gap SET resolved_at = clock_timestamp() WHERE id = ${id}::uuid`
}

async function keepEpochs(tx: Queries, { silenced, returned }: SweepDecision): Promise<void> {
  for (const { producer, epoch, lastSeenMs } of silenced) {
    await tx.$executeRaw`
      UPDATE epoch SET state = 'silent', silent_since = ${new Date(lastSeenMs)}
      WHERE producer = ${producer} AND epoch = ${epoch} AND state = 'open'`
  }
  for (const { producer, epoch } of returned) {
    await tx.$executeRaw`
      UPDATE epoch SET state = CASE WHEN state = 'silent' THEN 'open' ELSE state END, silent_since = NULL
      WHERE producer = ${producer} AND epoch = ${epoch}`
    await tx.$executeRaw`
      UPDATE gap SET resolved_at = clock_timestamp()
      WHERE producer = ${producer} AND epoch = ${epoch} AND kind = 'lost_tail' AND resolved_at IS NULL`
  }
}
