import type { EventQuery, FoundEvent, GapQuery, ListedGap } from './queries.js'
import type { Batch, Conflict, Malformed, Saved } from './record.js'
import type { Gap, SweepDecision, SweepState } from './sweep.js'

/** Append-only events. Every call stands alone: it is committed when it resolves. */
export interface EventStore {
  /**
   * Keeps a batch, all of it or nothing. Records that are there already are passed over; different ones under a taken id or
   * spend are set aside. Throws what `refusesData` recognises when a value cannot be stored.
   */
  save(batch: Batch): Promise<Saved>
  /** Newest first, one more than `limit` where there are more. */
  find(query: EventQuery): Promise<FoundEvent[]>
}

/** Gap detection's state. */
export interface GapStore {
  /** Loads the state, lets `decide` judge it and keeps the decision, in one transaction; undefined while another process is at it. */
  sweep(decide: (state: SweepState) => SweepDecision): Promise<SweepDecision | undefined>
  list(query: GapQuery): Promise<ListedGap[]>
  /** Forgets the state of epochs that ended, or fell silent, before `beforeMs`; their alarms stay. */
  forget(beforeMs: number): Promise<void>
}

/** Days as partitions: made ahead, dropped whole. */
export interface PartitionStore {
  ensure(fromMs: number, toMs: number): Promise<void>
  /** Drops days that are older than the retention and names what was dropped. */
  drop(table: 'event' | 'spend' | 'spent_proof', keepDays: number): Promise<string[]>
}

/** Single use of DPoP proofs at the own API. */
export interface ProofStore {
  /** False when the id was spent before. */
  spend(id: string, expiresAt: Date): Promise<boolean>
}

/** What a human must hear of: each call is one log line and one count. */
export interface Alarms {
  readonly conflict: (conflict: Conflict) => void
  readonly malformed: (malformed: Malformed) => void
  /** A record is kept, but its data is not what its type says. */
  readonly doubt: (stream: string, reason: string) => void
  readonly gap: (gap: Gap) => void
  readonly filled: (gapId: string) => void
}
