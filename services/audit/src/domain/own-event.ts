import type { AuditRecord } from './record.js'

/** Who reads, from the verified access token. */
export interface Reader {
  readonly clientId: string
  readonly jti: string
  readonly orgnrParent?: string
  readonly orgnrChild?: string
  readonly orgnrSupplier?: string
}

/** How this process signs its own events. */
export interface OwnProducer {
  readonly type: string
  readonly source: string
  readonly producer: string
  readonly epoch: string
  readonly stream: string
  readonly newId: () => string
  readonly timeOf: (id: string) => number
  /** The next place in the own sequence. */
  readonly next: () => number
}

/**
 * The event of a read: who asked for what (security.md, section 6, "every read is an event"). It is kept before anything is
 * read, so that nothing can be looked at unseen. What was found does not stand in it.
 */
export function readEvent(reader: Reader, asked: Readonly<Record<string, unknown>>, own: OwnProducer): AuditRecord {
  const id = own.newId()
  const timeMs = own.timeOf(id)
  const { type, source, producer, epoch, stream } = own
  const n = own.next()
  const { orgnrParent, orgnrChild, orgnrSupplier } = reader
  const organisations = [orgnrParent, orgnrChild, orgnrSupplier].filter((one) => one !== undefined)
  const data = { clientId: reader.clientId, tokenJti: reader.jti, ...asked }
  const time = new Date(timeMs).toISOString()
  const body = JSON.stringify({ specversion: '1.0', id, source, type, time, producer, epoch, stream, n, data })
  return { id, timeMs, type, producer, epoch, stream, n, clientId: reader.clientId, organisations, body }
}
