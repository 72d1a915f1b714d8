import type { Envelope, EventType } from '@tillit/events'
import type { Part } from '../lifecycle/part.js'

/**
 * Stamps records with (`producer`, `epoch`, `stream`, `n`), gap-free, so that audit sees what the broker lost
 * (reliability.md, section 2).
 */
export interface Producer extends Part {
  readonly epoch: string
  /** `<service>/<instance>` */
  readonly name: string
  /** A record for `stream`, taking its next `n`: whoever takes it must publish it. */
  envelope(type: EventType, stream: string, data: unknown, traceparent?: string): Envelope
  /** Queues an event for AUDIT_EVENTS and returns at once. When the queue is full the event is counted and dropped. */
  emit(type: EventType, data: unknown): void
  /** The last `n` of each stream of this epoch. */
  last(): Record<string, number>
}
