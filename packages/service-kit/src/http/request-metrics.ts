import type { Attributes } from '@opentelemetry/api'
import type { FastifyInstance } from 'fastify'
import { metrics } from '../telemetry/metrics.js'

/** Methods that get a name of their own; an invented one must not become a label. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])

/** One record a request, and a plain counter that is read at each scrape. Returns how many requests are in flight. */
export function installRequestMetrics(http: FastifyInstance): () => number {
  const duration = metrics.histogram('http.server.request.duration', {
    unit: 's',
    description: 'Duration of HTTP server requests',
  })
  let active = 0
  metrics.gauge('http.server.active_requests', {
    unit: '{request}',
    description: 'Requests in flight',
    read: () => active,
  })
  const known = new Map<string, Attributes>()
  http.addHook('onRequest', (_request, reply, done) => {
    active += 1
    // `close` comes exactly once, also when the caller hangs up before the answer.
    reply.raw.once('close', () => (active -= 1))
    done()
  })
  http.addHook('onResponse', (request, reply, done) => {
    const method = METHODS.has(request.method) ? request.method : '_OTHER'
    const labels = { method, route: request.routeOptions.url ?? '', status: reply.statusCode }
    duration.record(reply.elapsedTime / 1_000, attributesOf(known, labels))
    done()
  })
  return () => active
}

interface Labels {
  readonly method: string
  readonly route: string
  readonly status: number
}

function attributesOf(known: Map<string, Attributes>, { method, route, status }: Labels): Attributes {
  const key = `${method} ${route} ${status}`
  let attributes = known.get(key)
  if (!attributes) {
    attributes = {
      'http.request.method': method,
      'http.response.status_code': status,
      ...(route === '' ? {} : { 'http.route': route }),
      ...(status >= 500 ? { 'error.type': `${status}` } : {}),
    }
    known.set(key, attributes)
  }
  return attributes
}
