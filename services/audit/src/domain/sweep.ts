import { missingIn } from './ranges.js'
import type { Range } from './ranges.js'
import { advanceReadings, readFor, readingOf } from './reading.js'
import type { Observed, Reading } from './reading.js'
import type { SequenceKey } from './record.js'

/** A sequence in which something arrived, or was announced, above `checked`. `islands`: the numbers there that are accounted for. */
export interface SequenceNews extends SequenceKey {
  readonly checked: number
  readonly highest: number
  readonly announced: number
  readonly islands: readonly Range[]
}

/** Numbers that were missing when last looked at. `seen`: which of them have come, or were explained by an outcome, since. */
export interface Hole extends SequenceKey, Range {
  readonly noticedMs: number
  /** The alarm that was raised for it. */
  readonly gapId?: string
  readonly seen: readonly Range[]
}

/** An open epoch that beats, with the last number known of each of its streams. */
export interface OpenEpoch {
  readonly producer: string
  readonly epoch: string
  readonly lastSeenMs: number
  readonly tails: readonly { readonly stream: string; readonly n: number }[]
}

/** An alarm. Without `to`: a lost tail, records after `from` - 1 may be missing. */
export interface Gap extends SequenceKey {
  readonly id: string
  readonly kind: 'missing' | 'lost_tail'
  readonly from: number
  readonly to?: number
  readonly noticedMs: number
  readonly alarmedMs: number
}

export interface EpochKey {
  readonly producer: string
  readonly epoch: string
}

export interface SweepState {
  readonly readings: readonly Reading[]
  readonly news: readonly SequenceNews[]
  readonly holes: readonly Hole[]
  readonly open: readonly OpenEpoch[]
  /** Epochs declared silent that have spoken again, or closed after all. */
  readonly returned: readonly EpochKey[]
}

export interface SweepDecision {
  readonly readings: readonly Reading[]
  readonly checked: readonly (SequenceKey & { readonly checked: number })[]
  /** Holes as they stand now, in place of the ones of the state. */
  readonly holes: readonly Omit<Hole, 'seen'>[]
  readonly alarms: readonly Gap[]
  /** Gaps of kind `missing` of which nothing is missing any more. */
  readonly filled: readonly string[]
  readonly silenced: readonly OpenEpoch[]
  readonly returned: readonly EpochKey[]
}

export interface SweepRules {
  readonly nowMs: number
  readonly observed: readonly Observed[]
  readonly gapAfterMs: number
  readonly silentAfterMs: number
  /** The stream that carries heartbeats. */
  readonly beatStream: string
  readonly newId: () => string
}

/** Nothing can fill a hole after the stream's own memory of 72 h has passed twice. */
const FORGET_HOLE_MS = 6 * 86_400_000

/**
 * Gap detection (reliability.md, section 2). A hole alarms once its stream has been read past its age without interruption;
 * an epoch that has not spoken for as long is closed as "lost tail possible after n". Pure: the state in, the decision out.
 */
export function decideSweep(state: SweepState, rules: SweepRules): SweepDecision {
  const readings = advanceReadings(state.readings, rules.observed, rules.nowMs)
  const fresh = state.news.flatMap((news) => holesIn(news, rules.nowMs))
  const holes = [...state.holes.flatMap(remaining), ...fresh].filter(
    (hole) => rules.nowMs - hole.noticedMs < FORGET_HOLE_MS,
  )
  const judged = holes.map((hole) => judge(hole, readings, rules))
  const silenced = state.open.filter(
    (open) => readFor(readingOf(readings, rules.beatStream), open.lastSeenMs) >= rules.silentAfterMs,
  )
  const standing = new Set(holes.map((hole) => hole.gapId))
  return {
    readings,
    checked: state.news.map((news) => ({ ...keyOf(news), checked: endOf(news) })),
    holes: judged.map(({ hole }) => hole),
    alarms: [...judged.flatMap(({ alarm }) => alarm ?? []), ...silenced.flatMap((open) => lostTails(open, rules))],
    filled: [...new Set(state.holes.flatMap((hole) => filledGap(hole, standing)))],
    silenced,
    returned: state.returned,
  }
}

const keyOf = ({ producer, epoch, stream }: SequenceKey): SequenceKey => ({ producer, epoch, stream })

const endOf = ({ checked, highest, announced, islands }: SequenceNews): number =>
  islands.reduce((end, island) => Math.max(end, island.to), Math.max(checked, highest, announced))

function holesIn(news: SequenceNews, nowMs: number): Omit<Hole, 'seen'>[] {
  const ranges = missingIn({ from: news.checked + 1, to: endOf(news) }, news.islands)
  return ranges.map((range) => ({ ...keyOf(news), ...range, noticedMs: nowMs }))
}

function remaining(hole: Hole): Omit<Hole, 'seen'>[] {
  const { seen, ...rest } = hole
  return missingIn(hole, seen).map((range) => ({ ...rest, ...range }))
}

/** A gap is filled when its last hole was closed by what came; a hole that was given up leaves its gap standing. */
function filledGap(hole: Hole, standing: ReadonlySet<string | undefined>): string[] {
  return hole.gapId !== undefined && !standing.has(hole.gapId) && missingIn(hole, hole.seen).length === 0
    ? [hole.gapId]
    : []
}

function judge(
  hole: Omit<Hole, 'seen'>,
  readings: readonly Reading[],
  rules: SweepRules,
): { hole: Omit<Hole, 'seen'>; alarm?: Gap } {
  const due = readFor(readingOf(readings, hole.stream), hole.noticedMs) >= rules.gapAfterMs
  if (hole.gapId !== undefined || !due) return { hole }
  const gapId = rules.newId()
  const { noticedMs, from, to } = hole
  const alarm: Gap = { ...keyOf(hole), id: gapId, kind: 'missing', from, to, noticedMs, alarmedMs: rules.nowMs }
  return { hole: { ...hole, gapId }, alarm }
}

function lostTails(open: OpenEpoch, rules: SweepRules): Gap[] {
  return open.tails.map(({ stream, n }) => ({
    id: rules.newId(),
    kind: 'lost_tail',
    producer: open.producer,
    epoch: open.epoch,
    stream,
    from: n + 1,
    noticedMs: open.lastSeenMs,
    alarmedMs: rules.nowMs,
  }))
}
