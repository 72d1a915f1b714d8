/** A place in a producer's gap-free sequence (reliability.md, section 2). */
export interface SequenceKey {
  readonly producer: string
  readonly epoch: string
  readonly stream: string
}

/** One record or event, as it will be kept. Times are epoch milliseconds. */
export interface AuditRecord extends SequenceKey {
  readonly id: string
  /** The millisecond inside `id`. */
  readonly timeMs: number
  readonly type: string
  readonly n: number
  /** Where the broker kept it; absent for audit's own events. */
  readonly broker?: { readonly stream: string; readonly seq: number; readonly storedMs: number }
  readonly clientId?: string
  readonly jti?: string
  readonly organisations: readonly string[]
  /** On an outcome: the place of the intent that it is about. */
  readonly about?: { readonly epoch: string; readonly stream: string; readonly n: number }
  readonly spend?: { readonly hash: string; readonly expMs: number }
  /** On opened, heartbeat and closed: the last `n` of each stream of the epoch. */
  readonly beat?: { readonly closed: boolean; readonly last: Readonly<Record<string, number>> }
  /** The JSON text exactly as it came. */
  readonly body: string
}

/** A message that is no record. It is kept byte by byte, so that it neither blocks a stream nor gets lost. */
export interface Malformed {
  readonly brokerStream: string
  readonly seq: number
  readonly subject: string
  readonly reason: string
  readonly raw: Uint8Array
}

export interface Batch {
  readonly records: readonly AuditRecord[]
  readonly malformed: readonly Malformed[]
}

/** A second, different record under an id or a spend that was taken. */
export interface Conflict {
  readonly kind: 'event' | 'spend'
  readonly key: string
  readonly record: AuditRecord
}

/** What became of a batch. What a redelivery brought again, byte for byte, is neither conflict nor malformed a second time. */
export interface Saved {
  readonly inserted: number
  readonly repeated: number
  readonly conflicts: readonly Conflict[]
  readonly malformed: readonly Malformed[]
}

const DAY_MS = 86_400_000
const OLDEST_DAYS = 31
const NEWEST_DAYS = 2

/** Whether a record's own time can have a partition: a stream keeps three days, so anything far off is no honest record. */
export function hasPartition(timeMs: number, nowMs: number): boolean {
  return timeMs >= nowMs - OLDEST_DAYS * DAY_MS && timeMs < nowMs + NEWEST_DAYS * DAY_MS
}
