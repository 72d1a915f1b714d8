import type { Envelope, EventType } from '@tillit/events'
import type { Part } from '../lifecycle/part.js'

export interface NewRecord {
  readonly type: EventType
  /** Name of the stream, for example `ISSUANCE_3`. */
  readonly stream: string
  readonly data: unknown
  /** A UUIDv7 made elsewhere, whose millisecond becomes the record's `time`; a fresh one where absent. */
  readonly id?: string
  readonly traceparent?: string
}

/**
 * Stamps records with (`producer`, `epoch`, `stream`, `n`), gap-free, so that audit sees what the broker lost
 * (reliability.md, section 2).
 */
export interface Producer extends Part {
  readonly epoch: string
  /** `<service>/<instance>` */
  readonly name: string
  /** A record for a stream, taking its next `n`: whoever takes it must publish it. */
  envelope(record: NewRecord): Envelope
  /** Queues an event for AUDIT_EVENTS and returns at once. When the queue is full the event is counted and dropped. */
  emit(type: EventType, data: unknown): void
  /** The last `n` taken of each stream of this epoch. */
  last(): Record<string, number>
}
