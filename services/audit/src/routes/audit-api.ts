import type { FastifyInstance, FastifyRequest } from 'fastify'
import { OAuthError, rateLimited } from '@tillit/oauth'
import type { Caller, RouteAccess, TokenBucket } from '@tillit/service-kit'
import { parseEventQuery, parseGapQuery } from '../domain/parse-query.js'
import type { RawQuery } from '../domain/parse-query.js'
import type { EventStore, GapStore } from '../domain/ports.js'
import { pageOf, presentEvent, presentGap } from '../domain/present.js'
import { ownEvent } from '../domain/own-event.js'
import type { OwnProducer } from '../domain/own-event.js'

export interface AuditApiDeps {
  readonly events: EventStore
  readonly gaps: Pick<GapStore, 'list'>
  readonly own: OwnProducer
  readonly limit: Pick<TokenBucket, 'take'>
  readonly intentType: string
  readonly readType: string
  /** Epoch milliseconds. */
  readonly now: () => number
}

const access: RouteAccess = {
  caller: { scope: 'tillit:audit/read' },
  limit: 'CLIENT_RATE_PER_SECOND per client, 200 items a page',
  audit: 'no.tillit.audit.read.v1, before the read',
}

/** `GET /audit/v1/events` and `GET /audit/v1/gaps`: newest first, by pages. */
export function auditApi(http: FastifyInstance, deps: AuditApiDeps): void {
  http.get('/audit/v1/events', { config: { access } }, async (request) => {
    const query = parseEventQuery(request.query as RawQuery, deps.now())
    await recordRead(request, { of: 'events', query }, deps)
    const { items, next } = pageOf(await deps.events.find(query), query.limit, (event) => event)
    return {
      events: items.map((event) => presentEvent(event, deps.intentType)),
      ...(next === undefined ? {} : { next }),
    }
  })
  http.get('/audit/v1/gaps', { config: { access } }, async (request) => {
    const query = parseGapQuery(request.query as RawQuery)
    await recordRead(request, { of: 'gaps', query }, deps)
    const found = await deps.gaps.list(query)
    const { items, next } = pageOf(found, query.limit, ({ alarmedMs, id }) => ({ timeMs: alarmedMs, id }))
    return { gaps: items.map(presentGap), ...(next === undefined ? {} : { next }) }
  })
}

async function recordRead(request: FastifyRequest, asked: Record<string, unknown>, deps: AuditApiDeps): Promise<void> {
  const caller = callerOf(request)
  const wait = deps.limit.take(caller.clientId)
  if (wait > 0) throw rateLimited(wait)
  const { clientId, jti, orgnrParent, orgnrChild, orgnrSupplier } = caller
  const read = ownEvent(deps.own, {
    type: deps.readType,
    clientId,
    organisations: [orgnrParent, orgnrChild, orgnrSupplier],
    data: { clientId, tokenJti: jti, ...asked },
  })
  await deps.events.save({ records: [read], malformed: [] })
}

function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new OAuthError('invalid_token', 'Send an access token')
  return request.caller
}
