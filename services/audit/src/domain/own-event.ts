import type { AuditRecord } from './record.js'

/** How this process signs its own events. */
export interface OwnProducer {
  readonly source: string
  readonly producer: string
  readonly epoch: string
  readonly stream: string
  readonly newId: () => string
  readonly timeOf: (id: string) => number
  /** The next place in the own sequence. */
  readonly next: () => number
}

export interface OwnEvent {
  readonly type: string
  readonly clientId?: string
  readonly organisations?: readonly (string | undefined)[]
  readonly data: Readonly<Record<string, unknown>>
}

/**
 * An event of audit itself. It goes straight into the own database, so that no stream can lose it: a read is kept before
 * anything is read (security.md, section 6, "every read is an event").
 */
export function ownEvent(own: OwnProducer, { type, clientId, organisations = [], data }: OwnEvent): AuditRecord {
  const id = own.newId()
  const timeMs = own.timeOf(id)
  const { source, producer, epoch, stream } = own
  const n = own.next()
  const time = new Date(timeMs).toISOString()
  return {
    id,
    timeMs,
    type,
    producer,
    epoch,
    stream,
    n,
    ...(clientId === undefined ? {} : { clientId }),
    organisations: organisations.filter((one) => one !== undefined),
    body: JSON.stringify({ specversion: '1.0', id, source, type, time, producer, epoch, stream, n, data }),
  }
}
