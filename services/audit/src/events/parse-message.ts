import { Envelope, services } from '@tillit/events'
import type { EventType, ServiceName } from '@tillit/events'
import { timeOfUuidV7 } from '@tillit/oauth'
import type { DrainedMessage } from '@tillit/service-kit'
import { Compile } from 'typebox/compile'
import { hasPartition } from '../domain/record.js'
import type { AuditRecord, Malformed } from '../domain/record.js'
import { readers } from './columns.js'
import type { Columns, Reader } from './columns.js'

export type Parsed =
  | { readonly record: AuditRecord; readonly doubt?: string }
  | { readonly record?: undefined; readonly malformed: Malformed }

const envelope = Compile(Envelope)
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** Longer texts would not fit an index row of PostgreSQL. */
const MAX_TEXT = 512
const NOTHING: Columns = { organisations: [] }

/**
 * A message of a stream as a record. What the permissions of NATS do not hold is held here: the producer must be the service
 * whose subject it is, and must be one that may say this. `doubt` names data that is kept but not believed.
 */
export function parseMessage(message: DrainedMessage, stream: string, nowMs: number): Parsed {
  const malformed = (reason: string): Parsed => ({
    malformed: { brokerStream: stream, seq: message.seq, subject: message.subject, reason, raw: message.data },
  })
  const body = textOf(message.data)
  if (body === undefined) return malformed('not UTF-8')
  const value = jsonOf(body)
  if (!envelope.Check(value)) return malformed('not an envelope')
  const timeMs = timeOfUuidV7(value.id)
  if (timeMs === undefined) return malformed('id is not a UUIDv7')
  if (!hasPartition(timeMs, nowMs)) return malformed('the time in the id is far off')
  if (!Number.isSafeInteger(value.n)) return malformed('n is too large')
  const named = [value.type, value.producer, value.epoch, value.stream]
  if (!named.every(isIndexable)) return malformed('a name is too long or has an unusable character')
  const speaker = speakerOf(message.subject)
  if (speaker === undefined || !value.producer.startsWith(`${speaker}/`)) return malformed('the producer is another')
  const reader = Object.hasOwn(readers, value.type) ? readers[value.type as EventType] : undefined
  if (reader !== undefined && !reader.speakers.includes(speaker)) return malformed('not a record of this producer')
  const broker = { stream, seq: message.seq, storedMs: message.timestampMs }
  const { id, type, producer, epoch, stream: sequence, n } = value
  const { columns, doubt } = readColumns(reader, value.data, nowMs)
  const record = { id, timeMs, type, producer, epoch, stream: sequence, n, broker, ...columns, body }
  return doubt === undefined ? { record } : { record, doubt }
}

function textOf(data: Uint8Array): string | undefined {
  try {
    return utf8.decode(data)
  } catch {
    return undefined
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The service that the server's permissions let publish on this subject. */
function speakerOf(subject: string): ServiceName | undefined {
  if (subject.startsWith('issuance.rec.')) return 'signing-key'
  if (subject.startsWith('registry.change.')) return 'client-registry'
  return services.find((service) => subject === `audit.evt.${service}`)
}

function readColumns(reader: Reader | undefined, data: unknown, nowMs: number): { columns: Columns; doubt?: string } {
  if (reader === undefined) return { columns: NOTHING, doubt: 'unknown type' }
  const found = reader.columns(data)
  if (found === undefined) return { columns: NOTHING, doubt: 'data is not what its type says' }
  const { clientId, jti, organisations, about, spend, beat } = found
  const spendFits = spend === undefined || hasPartition(spend.expMs, nowMs)
  const columns: Columns = {
    organisations: organisations.filter(isIndexable),
    ...(clientId !== undefined && isIndexable(clientId) ? { clientId } : {}),
    ...(jti !== undefined && isIndexable(jti) ? { jti } : {}),
    ...(about !== undefined && isPlace(about) ? { about } : {}),
    ...(spend !== undefined && spendFits ? { spend } : {}),
    ...(beat === undefined ? {} : { beat: { closed: beat.closed, last: placesOf(beat.last) } }),
  }
  return spendFits ? { columns } : { columns, doubt: 'the spend expires far off' }
}

/** PostgreSQL takes neither NUL nor half a surrogate pair, and an index no long text. */
const isIndexable = (text: string): boolean =>
  text.length <= MAX_TEXT && text.isWellFormed() && !text.includes('\u0000')

const isPlace = (about: { epoch: string; stream: string; n: number }): boolean =>
  isIndexable(about.epoch) && isIndexable(about.stream) && Number.isSafeInteger(about.n) && about.n > 0

const placesOf = (last: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(last).filter(([stream, n]) => isIndexable(stream) && Number.isSafeInteger(n) && n > 0),
  )
