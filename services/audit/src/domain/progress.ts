import type { AuditRecord, SequenceKey } from './record.js'

/** What a batch tells about a producer's life. */
export interface EpochProgress {
  readonly producer: string
  readonly epoch: string
  readonly beats: boolean
  readonly closed: boolean
  /** When the broker stored the last record of it. */
  readonly lastSeenMs: number
}

/** How far a sequence has come: by records that arrived, and by what the producer says it has sent. */
export interface SequenceProgress extends SequenceKey {
  readonly highest: number
  readonly announced: number
}

export interface Progress {
  readonly epochs: readonly EpochProgress[]
  readonly sequences: readonly SequenceProgress[]
}

/**
 * The progress in a batch, in an order that is the same in every process, so that two of them writing the same rows wait for
 * one another and never deadlock. Audit's own events stand in the database at once and are not counted.
 */
export function progressOf(records: readonly AuditRecord[]): Progress {
  const epochs = new Map<string, EpochProgress>()
  const sequences = new Map<string, SequenceProgress>()
  for (const record of records) {
    if (record.broker === undefined) continue
    joinEpoch(epochs, record, record.broker.storedMs)
    joinSequence(sequences, { ...keyOf(record, record.stream), highest: record.n, announced: 0 })
    for (const [stream, n] of Object.entries(record.beat?.last ?? {}))
      joinSequence(sequences, { ...keyOf(record, stream), highest: 0, announced: n })
  }
  return { epochs: inOrder(epochs), sequences: inOrder(sequences) }
}

const keyOf = ({ producer, epoch }: AuditRecord, stream: string): SequenceKey => ({ producer, epoch, stream })

function joinEpoch(epochs: Map<string, EpochProgress>, record: AuditRecord, storedMs: number): void {
  const key = JSON.stringify([record.producer, record.epoch])
  const before = epochs.get(key)
  epochs.set(key, {
    producer: record.producer,
    epoch: record.epoch,
    beats: (before?.beats ?? false) || record.beat !== undefined,
    closed: (before?.closed ?? false) || record.beat?.closed === true,
    lastSeenMs: Math.max(before?.lastSeenMs ?? 0, storedMs),
  })
}

function joinSequence(sequences: Map<string, SequenceProgress>, next: SequenceProgress): void {
  const key = JSON.stringify([next.producer, next.epoch, next.stream])
  const before = sequences.get(key)
  sequences.set(key, {
    ...next,
    highest: Math.max(before?.highest ?? 0, next.highest),
    announced: Math.max(before?.announced ?? 0, next.announced),
  })
}

function inOrder<T>(byKey: Map<string, T>): T[] {
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value)
}
