import type { FastifyInstance } from 'fastify'
import { OAuthError } from '@tillit/oauth'
import type { Logger, Part } from '@tillit/service-kit'
import { ownEvent } from '../domain/own-event.js'
import type { OwnProducer } from '../domain/own-event.js'
import type { EventStore } from '../domain/ports.js'
import { RefusalTally } from '../domain/refusals.js'
import type { CountedRefusal } from '../domain/refusals.js'

export interface RecordRefusalsDeps {
  readonly events: Pick<EventStore, 'save'>
  readonly own: OwnProducer
  readonly type: string
  readonly log: Logger
  /** Epoch milliseconds. */
  readonly now: () => number
}

const EVERY_MS = 5_000

/** Requests that the API refused, as counted events every five seconds: who tried to read the record is part of it. */
export function recordRefusals(http: FastifyInstance, deps: RecordRefusalsDeps): Part {
  const { events, own, type, log, now } = deps
  const tally = new RefusalTally()
  let timer: NodeJS.Timeout | undefined
  http.addHook('onError', async (request, _reply, error) => {
    if (!(error instanceof OAuthError) || error.status >= 500) return
    const endpoint = request.routeOptions.url ?? 'unknown'
    const { clientId } = request.caller ?? {}
    const refusal = { endpoint, error: error.code, cause: `http ${error.status}` }
    tally.add(clientId === undefined ? refusal : { ...refusal, clientId }, now())
    return Promise.resolve()
  })
  const keep = async (): Promise<void> => {
    const counted = tally.take()
    if (counted.length === 0) return
    try {
      await events.save({ records: counted.map((one) => ownEvent(own, eventOf(one, type))), malformed: [] })
    } catch (err) {
      tally.restore(counted)
      log.warn({ 'event.name': 'audit.refusals.waiting', kinds: counted.length, err }, 'Refusals could not be kept yet')
    }
  }
  return {
    name: 'refusals',
    start: () => {
      timer = setInterval(() => void keep(), EVERY_MS).unref()
      return Promise.resolve()
    },
    flush: keep,
    stop: () => {
      clearInterval(timer)
      return Promise.resolve()
    },
  }
}

function eventOf({ firstMs, lastMs, ...refusal }: CountedRefusal, type: string): Parameters<typeof ownEvent>[1] {
  const data = { ...refusal, first: new Date(firstMs).toISOString(), last: new Date(lastMs).toISOString() }
  return { type, data, ...(refusal.clientId === undefined ? {} : { clientId: refusal.clientId }) }
}
