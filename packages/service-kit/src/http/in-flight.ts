import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { metrics } from '../telemetry/metrics.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** From now on every answer says `Connection: close`, so that callers let go of their connections before we do. */
    startDraining(): void
  }
}

/**
 * Knows the requests in flight: their number is a metric and the measure for shedding load, and when the service drains
 * their connections end with their answers. Returns how many there are.
 */
export function installInFlight(http: FastifyInstance): () => number {
  const flying = new Set<ServerResponse>()
  let draining = false
  metrics.gauge('http.server.active_requests', {
    unit: '{request}',
    description: 'Requests in flight',
    read: () => flying.size,
  })
  http.addHook('onRequest', (_request, reply, done) => {
    const { raw } = reply
    flying.add(raw)
    // `close` comes exactly once, also when the caller hangs up before the answer.
    raw.once('close', () => flying.delete(raw))
    if (draining) raw.setHeader('connection', 'close')
    done()
  })
  http.decorate('startDraining', () => {
    draining = true
    for (const raw of flying) if (!raw.headersSent) raw.setHeader('connection', 'close')
  })
  http.addHook('preClose', (done) => {
    http.startDraining()
    // An answer whose head was out already leaves an idle connection behind.
    const sweep = setInterval(() => http.server.closeIdleConnections(), 100)
    http.server.once('close', () => clearInterval(sweep))
    if (!http.server.listening) clearInterval(sweep)
    done()
  })
  return () => flying.size
}
