import type { Range } from '../domain/ranges.js'
import type { EpochKey, Hole, OpenEpoch, SequenceNews, SweepState } from '../domain/sweep.js'
import type { Reading } from '../domain/reading.js'
import type { Queries } from './database.js'

/** A sweep's state. Numbers that an outcome is about count as accounted for, like those that arrived. */
export async function loadSweepState(tx: Queries): Promise<SweepState> {
  return {
    readings: await loadReadings(tx),
    news: await loadNews(tx),
    holes: await loadHoles(tx),
    open: await loadOpen(tx),
    returned: await tx.$queryRaw<EpochKey[]>`
      SELECT producer, epoch FROM epoch
      WHERE silent_since IS NOT NULL AND (state = 'closed' OR last_seen > silent_since)`,
  }
}

async function loadReadings(tx: Queries): Promise<Reading[]> {
  const rows = await tx.$queryRaw<{ stream: string; since: Date; until: Date }[]>`
    SELECT stream, since, until FROM reading`
  return rows.map(({ stream, since, until }) => ({ stream, sinceMs: since.getTime(), untilMs: until.getTime() }))
}

interface NewsRow {
  producer: string
  epoch: string
  stream: string
  checked: bigint
  highest: bigint
  announced: bigint
  islands: [number, number][] | null
}

/** Five days: a stream keeps three, so a number that is still to come stands in a younger partition. */
async function loadNews(tx: Queries): Promise<SequenceNews[]> {
  const rows = await tx.$queryRaw<NewsRow[]>`
    SELECT s.producer, s.epoch, s.stream, s.checked, s.highest, s.announced, (
      SELECT json_agg(json_build_array(i.lo, i.hi)) FROM (
        SELECT min(u.n) AS lo, max(u.n) AS hi FROM (
          SELECT d.n, d.n - row_number() OVER (ORDER BY d.n) AS island FROM (
            SELECT e.n FROM event e
            WHERE e.epoch = s.epoch AND e.stream = s.stream AND e.producer = s.producer AND e.n > s.checked
              AND e."time" > now() - interval '5 days'
            UNION
            SELECT o.about_n FROM event o
            WHERE o.about_epoch = s.epoch AND o.about_stream = s.stream AND o.about_n > s.checked
              AND o."time" > now() - interval '5 days') d
        ) u GROUP BY u.island) i) AS islands
    FROM sequence s WHERE GREATEST(s.highest, s.announced) > s.checked`
  return rows.map(({ checked, highest, announced, islands, ...key }) => ({
    ...key,
    checked: Number(checked),
    highest: Number(highest),
    announced: Number(announced),
    islands: (islands ?? []).map(rangeOf),
  }))
}

interface HoleRow {
  producer: string
  epoch: string
  stream: string
  from_n: bigint
  to_n: bigint
  noticed_at: Date
  gap_id: string | null
  seen: number[] | null
}

async function loadHoles(tx: Queries): Promise<Hole[]> {
  const rows = await tx.$queryRaw<HoleRow[]>`
    SELECT h.producer, h.epoch, h.stream, h.from_n, h.to_n, h.noticed_at, h.gap_id::text, (
      SELECT json_agg(d.n) FROM (
        SELECT e.n FROM event e
        WHERE e.epoch = h.epoch AND e.stream = h.stream AND e.producer = h.producer AND e.n BETWEEN h.from_n AND h.to_n
          AND e."time" > now() - interval '5 days'
        UNION
        SELECT o.about_n FROM event o
        WHERE o.about_epoch = h.epoch AND o.about_stream = h.stream AND o.about_n BETWEEN h.from_n AND h.to_n
          AND o."time" > now() - interval '5 days') d) AS seen
    FROM hole h`
  return rows.map((row) => ({
    producer: row.producer,
    epoch: row.epoch,
    stream: row.stream,
    from: Number(row.from_n),
    to: Number(row.to_n),
    noticedMs: row.noticed_at.getTime(),
    ...(row.gap_id === null ? {} : { gapId: row.gap_id }),
    seen: (row.seen ?? []).map((n) => rangeOf([n, n])),
  }))
}

interface OpenRow {
  producer: string
  epoch: string
  last_seen: Date
  tails: { stream: string; n: number }[] | null
}

async function loadOpen(tx: Queries): Promise<OpenEpoch[]> {
  const rows = await tx.$queryRaw<OpenRow[]>`
    SELECT p.producer, p.epoch, p.last_seen, (
      SELECT json_agg(json_build_object('stream', s.stream, 'n', GREATEST(s.highest, s.announced)) ORDER BY s.stream)
      FROM sequence s WHERE s.producer = p.producer AND s.epoch = p.epoch) AS tails
    FROM epoch p WHERE p.state = 'open' AND p.beats`
  return rows.map(({ producer, epoch, last_seen, tails }) => ({
    producer,
    epoch,
    lastSeenMs: last_seen.getTime(),
    tails: tails ?? [],
  }))
}

const rangeOf = ([from, to]: readonly [number, number]): Range => ({ from, to })
