import type { Attributes } from '@opentelemetry/api'
import type { FastifyInstance } from 'fastify'
import { metrics } from '../telemetry/metrics.js'

/** Methods that get a name of their own; an invented one must not become a label. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])

/** One histogram record a request. */
export function installRequestMetrics(http: FastifyInstance): void {
  const duration = metrics.histogram('http.server.request.duration', {
    unit: 's',
    description: 'Duration of HTTP server requests',
  })
  const known = new Map<string, Attributes>()
  http.addHook('onResponse', (request, reply, done) => {
    const method = METHODS.has(request.method) ? request.method : '_OTHER'
    const labels = { method, route: request.routeOptions.url ?? '', status: reply.statusCode }
    duration.record(reply.elapsedTime / 1_000, attributesOf(known, labels))
    done()
  })
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
