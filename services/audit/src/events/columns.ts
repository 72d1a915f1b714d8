import {
  AssertionSpent,
  eventTypes,
  ProducerState,
  RegistryChanged,
  ReplayRefused,
  RequestRefused,
  SignRefused,
  TokenIntent,
  TokenOutcome,
} from '@tillit/events'
import type { EventType, ServiceName } from '@tillit/events'
import type { Static, TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import type { AuditRecord } from '../domain/record.js'

/** What is taken out of a record's data to search by, and to detect gaps and broken deduplication by. */
export type Columns = Pick<AuditRecord, 'clientId' | 'jti' | 'organisations' | 'about' | 'spend' | 'beat'>

/** One type of record: who may say it, and what of it is taken out. */
export interface Reader {
  readonly speakers: readonly ServiceName[]
  /** Undefined where the data is not what the contract says: then it is kept, but nothing in it is believed. */
  columns(data: unknown): Columns | undefined
}

const SIGNER = ['signing-key'] as const
const ANYONE = ['token', 'signing-key', 'client-registry'] as const
const NONE: Columns = { organisations: [] }

/** Total over the types. Only the signer may say that a token was issued, or that it was not. */
export const readers: Readonly<Record<EventType, Reader>> = {
  [eventTypes.tokenIntent]: reader(SIGNER, TokenIntent, (data) => ({
    clientId: data.clientId,
    jti: data.jti,
    organisations: texts(data.orgnrParent, data.orgnrChild, data.orgnrSupplier),
    ...spendOf(data.spend),
  })),
  [eventTypes.tokenOutcome]: reader(SIGNER, TokenOutcome, (data) => ({
    clientId: data.clientId,
    jti: data.jti,
    organisations: [],
    about: data.about,
  })),
  [eventTypes.replayRefused]: reader(SIGNER, ReplayRefused, (data) => ({ clientId: data.clientId, organisations: [] })),
  [eventTypes.assertionSpent]: reader(SIGNER, AssertionSpent, (data) => ({
    clientId: data.clientId,
    organisations: [],
    ...spendOf(data.spend),
  })),
  [eventTypes.signRefused]: reader(SIGNER, SignRefused, (data) => ({ ...clientOf(data.clientId), organisations: [] })),
  [eventTypes.requestRefused]: reader(ANYONE, RequestRefused, (data) => ({
    ...clientOf(data.clientId),
    organisations: texts(data.organisation),
  })),
  [eventTypes.producerOpened]: reader(ANYONE, ProducerState, (data) => beat(data.last, false)),
  [eventTypes.producerHeartbeat]: reader(ANYONE, ProducerState, (data) => beat(data.last, false)),
  [eventTypes.producerClosed]: reader(ANYONE, ProducerState, (data) => beat(data.last, true)),
  [eventTypes.registryChanged]: reader(['client-registry'], RegistryChanged, (data) => ({
    ...clientOf(data.clientId),
    ...(data.jti === undefined ? {} : { jti: data.jti }),
    organisations: texts(data.organisation),
  })),
  [eventTypes.keyChanged]: { speakers: SIGNER, columns: () => NONE },
  // Audit writes its own reads straight into its database; nobody else may claim one.
  [eventTypes.auditRead]: { speakers: [], columns: () => NONE },
}

function reader<S extends TSchema>(
  speakers: readonly ServiceName[],
  schema: S,
  columns: (data: Static<S>) => Columns,
): Reader {
  const compiled = Compile(schema)
  return { speakers, columns: (data) => (compiled.Check(data) ? columns(data) : undefined) }
}

const texts = (...values: (string | undefined)[]): string[] => [
  ...new Set(values.filter((value): value is string => value !== undefined)),
]
const clientOf = (clientId: string | undefined): { clientId?: string } => (clientId === undefined ? {} : { clientId })

const SHA256 = /^[A-Za-z0-9_-]{43}$/
function spendOf(spend: { hash: string; exp: number } | undefined): Pick<Columns, 'spend'> {
  return spend !== undefined && SHA256.test(spend.hash) ? { spend: { hash: spend.hash, expMs: spend.exp * 1000 } } : {}
}

const beat = (last: Record<string, number>, closed: boolean): Columns => ({ organisations: [], beat: { closed, last } })
