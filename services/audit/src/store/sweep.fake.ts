import type { Progress } from '../domain/progress.js'
import type { ListedGap } from '../domain/queries.js'
import type { Reading } from '../domain/reading.js'
import type { AuditRecord, SequenceKey } from '../domain/record.js'
import type { Range } from '../domain/ranges.js'
import type { Hole, SequenceNews, SweepDecision, SweepState } from '../domain/sweep.js'

/** Gap detection's state in memory; the records are shared with the event store. */
export interface SweepMemory {
  readonly records: readonly AuditRecord[]
  readonly progress: Progress[]
  readonly checked: Map<string, number>
  readonly gaps: Map<string, ListedGap>
  /** Silent epochs, with the time they were last seen. */
  readonly silent: Map<string, number>
  readings: readonly Reading[]
  holes: readonly Omit<Hole, 'seen'>[]
}

export const emptyMemory = (records: readonly AuditRecord[]): SweepMemory => ({
  records,
  progress: [],
  checked: new Map(),
  gaps: new Map(),
  silent: new Map(),
  readings: [],
  holes: [],
})

export function decideInMemory(memory: SweepMemory, decide: (state: SweepState) => SweepDecision): SweepDecision {
  const decision = decide(stateOf(memory))
  memory.readings = decision.readings
  memory.holes = decision.holes
  for (const one of decision.checked) memory.checked.set(keyOf(one), one.checked)
  for (const gap of decision.alarms) memory.gaps.set(gap.id, gap)
  for (const id of decision.filled) resolve(memory, (gap) => gap.id === id)
  for (const open of decision.silenced) memory.silent.set(epochOf(open), open.lastSeenMs)
  for (const one of decision.returned) {
    memory.silent.delete(epochOf(one))
    resolve(memory, (gap) => gap.kind === 'lost_tail' && epochOf(gap) === epochOf(one))
  }
  return decision
}

const keyOf = ({ producer, epoch, stream }: SequenceKey): string => JSON.stringify([producer, epoch, stream])
const epochOf = ({ producer, epoch }: { producer: string; epoch: string }): string => JSON.stringify([producer, epoch])

function resolve(memory: SweepMemory, which: (gap: ListedGap) => boolean): void {
  for (const gap of memory.gaps.values())
    if (which(gap)) memory.gaps.set(gap.id, { ...gap, resolvedMs: gap.resolvedMs ?? Date.now() })
}

function stateOf(memory: SweepMemory): SweepState {
  const epochs = joined(
    memory.progress.flatMap((one) => one.epochs),
    epochOf,
    (a, b) => ({
      ...b,
      beats: a.beats || b.beats,
      closed: a.closed || b.closed,
      lastSeenMs: Math.max(a.lastSeenMs, b.lastSeenMs),
    }),
  )
  const sequences = joined(
    memory.progress.flatMap((one) => one.sequences),
    keyOf,
    (a, b) => ({
      ...b,
      highest: Math.max(a.highest, b.highest),
      announced: Math.max(a.announced, b.announced),
    }),
  )
  const news = sequences
    .map((sequence): SequenceNews => {
      const checked = memory.checked.get(keyOf(sequence)) ?? 0
      return { ...sequence, checked, islands: seenIn(memory, sequence, { from: checked + 1, to: Infinity }) }
    })
    .filter(({ checked, highest, announced }) => Math.max(highest, announced) > checked)
  const open = epochs.filter((one) => one.beats && !one.closed && !memory.silent.has(epochOf(one)))
  return {
    readings: memory.readings,
    news,
    holes: memory.holes.map((hole) => ({ ...hole, seen: seenIn(memory, hole, hole) })),
    open: open.map((one) => ({
      ...one,
      tails: sequences
        .filter((sequence) => epochOf(sequence) === epochOf(one))
        .map(({ stream, highest, announced }) => ({ stream, n: Math.max(highest, announced) })),
    })),
    returned: epochs.filter((one) => one.lastSeenMs > (memory.silent.get(epochOf(one)) ?? Infinity)),
  }
}

function seenIn({ records }: SweepMemory, key: SequenceKey, { from, to }: Range): Range[] {
  const arrived = records.filter((record) => keyOf(record) === keyOf(key)).map(({ n }) => n)
  const explained = records.flatMap(({ about }) =>
    about?.epoch === key.epoch && about.stream === key.stream ? about.n : [],
  )
  return [...arrived, ...explained].filter((n) => n >= from && n <= to).map((n) => ({ from: n, to: n }))
}

function joined<T>(all: readonly T[], key: (one: T) => string, join: (a: T, b: T) => T): T[] {
  const byKey = new Map<string, T>()
  for (const one of all) {
    const before = byKey.get(key(one))
    byKey.set(key(one), before === undefined ? one : join(before, one))
  }
  return [...byKey.values()]
}
