import type { EntityKind } from './model.js'
import type { Action } from './ports.js'

export type OutboxKind = EntityKind | 'revoked'

/** A record as it was at one revision. `value` is the domain's value of that kind. */
export interface Snapshot {
  readonly kind: OutboxKind
  /** What identifies it among its kind. */
  readonly subject: readonly string[]
  readonly revision: number
  readonly value: unknown
}

/** One committed change that NATS has to hear of. */
export interface OutboxRow extends Snapshot {
  /** Epoch milliseconds. */
  readonly createdAt: number
  /** UUIDv7 whose time is `createdAt`. */
  readonly eventId: string
  readonly action: Action
  readonly actor: string
  readonly organisation?: string
  readonly clientId?: string
}

/** `put`: into the read model. `tell`: as a change event; only what is put is told. */
export type Lane = 'put' | 'tell'

/** How far a publisher came: the revisions that NATS has acknowledged, and why it stopped. */
export interface Published {
  readonly done: readonly number[]
  readonly error?: unknown
}

export interface Backlog {
  readonly pending: number
  /** Epoch milliseconds of the oldest change that is still untold. */
  readonly oldest?: number
}

export interface Outbox {
  /**
   * Hands the next rows of a lane, in order of revision, to `publish`, and marks those that it reports. Holds the lane's
   * lock meanwhile, so that two replicas never publish at once. Undefined when there was nothing to do.
   */
  take(
    lane: Lane,
    limit: number,
    publish: (rows: readonly OutboxRow[]) => Promise<Published>,
  ): Promise<Published | undefined>
  backlog(): Promise<Backlog>
  /** The newest revision; 0 before the first. */
  revision(): Promise<number>
  /** The newest revisions that were put, one a record. */
  recent(limit: number): Promise<Snapshot[]>
  /** Every record as it is now, page by page: kind by kind, ordered by subject. `after` absent: from the start. */
  page(limit: number, after?: Pick<Snapshot, 'kind' | 'subject'>): Promise<Snapshot[]>
}
