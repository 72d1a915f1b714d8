import { eventTypes, type RequestRefused } from '@tillit/events'
import type { Logger, Part, Producer } from '@tillit/service-kit'
import { RefusalTally, type CountedRefusal, type Refusal } from './tally.js'

export interface RefusalOptions {
  readonly producer: Pick<Producer, 'emit'>
  readonly log: Logger
  /** Epoch milliseconds. */
  readonly now: () => number
}

/** Tells of refusals: an audit event each second and a log line each ten, for each kind, with a count. */
export interface Refusals extends Part {
  add(refusal: Refusal, told: string): void
  /** Allowed, but it should end: in the log only. */
  warn(warning: Refusal): void
}

const EVENT_MS = 1_000
const LOG_MS = 10_000
const MAX_KINDS = 512

export function createRefusals({ producer, log, now }: RefusalOptions): Refusals {
  const events = new RefusalTally(MAX_KINDS)
  const lines = new RefusalTally(MAX_KINDS)
  const timers: NodeJS.Timeout[] = []
  const emit = (): void => {
    for (const counted of events.take()) producer.emit(eventTypes.requestRefused, eventOf(counted))
  }
  const write = (): void => {
    for (const counted of lines.take()) log.warn(lineOf(counted), counted.told)
  }
  return {
    name: 'refusals',
    add: (refusal, told) => {
      events.add(refusal, told, now())
      lines.add(refusal, told, now())
    },
    warn: (warning) => lines.add(warning, 'Allowed by a compatibility rule that should end', now()),
    start: () => {
      timers.push(setInterval(emit, EVENT_MS).unref(), setInterval(write, LOG_MS).unref())
      return Promise.resolve()
    },
    flush: () => {
      emit()
      write()
      return Promise.resolve()
    },
    stop: () => {
      timers.forEach(clearInterval)
      return Promise.resolve()
    },
  }
}

function eventOf({ endpoint, error, cause, count, first, last, ...who }: CountedRefusal): RequestRefused {
  return {
    endpoint,
    error,
    cause,
    count,
    first: new Date(first).toISOString(),
    last: new Date(last).toISOString(),
    ...(who.clientId === undefined ? {} : { clientId: who.clientId }),
    ...(who.organisation === undefined ? {} : { organisation: who.organisation }),
  }
}

function lineOf({ endpoint, error, cause, clientId, count }: CountedRefusal): object {
  return {
    'event.name': 'request.refused',
    endpoint,
    'oauth.error': error,
    'refusal.cause': cause,
    ...(clientId === undefined ? {} : { 'client.id': clientId }),
    'refusal.count': count,
  }
}
