import { randomBytes } from 'node:crypto'
import { fastify, type FastifyInstance, type FastifyHttpOptions } from 'fastify'
import type { Server } from 'node:http'
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import type { BaseConfigValues } from '../config.js'
import type { Logger } from '../log.js'
import { installBodyParsers } from './body-parsers.js'
import { answerClientError } from './client-error.js'
import { answer, installErrorAnswers } from './error-answers.js'
import { installInFlight } from './in-flight.js'
import { asOAuthError } from './known-errors.js'
import { installOverloadShedding } from './overload.js'
import { installPathCheck } from './path-check.js'
import { installRequestMetrics } from './request-metrics.js'
import { installRequestSpans } from './request-spans.js'
import { RouteTable } from './route-table.js'
import { OAuthError } from '@tillit/oauth'

export interface HttpOptions {
  readonly config: Pick<BaseConfigValues, 'ISSUER'>
  readonly log: Logger
  /** Bytes; default 64 kB. */
  readonly bodyLimit?: number
  /** JSON bodies only, and errors as RFC 9457 problem details: for a service whose routes are its own API. */
  readonly problemJson?: boolean
  /** Requests in flight beyond which new ones get 503; default 512. */
  readonly maxActive?: number
}

const BODY_LIMIT = 65_536
const HEADER_LIMIT = 16_384

/**
 * A Fastify server with everything but routes: limits, one error mapping, declared access, metrics. It trusts no forwarding
 * header (I03) and reads no Host (I05): links are built from the issuer.
 */
export function createHttp(options: HttpOptions): FastifyInstance {
  const { log, bodyLimit = BODY_LIMIT, problemJson = false, maxActive } = options
  const http = fastify(serverOptions(bodyLimit, problemJson))
  http.setValidatorCompiler(TypeBoxValidatorCompiler)
  const routes = new RouteTable(http)
  installSecurityHeaders(http, options.config.ISSUER.startsWith('https:'))
  const active = installInFlight(http)
  installRequestMetrics(http)
  installOverloadShedding(http, { active, maxActive })
  installRequestSpans(http)
  installPathCheck(http)
  installBodyParsers(http, { bodyLimit, forms: !problemJson })
  installErrorAnswers(http, { log, problemJson })
  http.setNotFoundHandler((request) => {
    throw routes.explain(request.method, request.url.split('?', 1)[0] ?? '')
  })
  http.decorateRequest('caller', null)
  http.addHook('onReady', (done) => {
    if (routes.hasScopedRoutes && !http.hasDecorator('protectedApi'))
      done(new TypeError('A route asks for a scope: call protectedApi before the routes are added'))
    else done()
  })
  return http
}

function serverOptions(bodyLimit: number, problemJson: boolean): FastifyHttpOptions<Server> {
  const process = randomBytes(6).toString('hex')
  let count = 0
  return {
    // No logger: requests make no child loggers and no lines; errors are logged where they are answered.
    logger: false,
    trustProxy: false,
    requestIdHeader: false,
    genReqId: () => `${process}-${(count++).toString(36)}`,
    bodyLimit,
    http: { maxHeaderSize: HEADER_LIMIT, headersTimeout: 10_000, connectionsCheckingInterval: 2_000 },
    requestTimeout: 15_000,
    // Longer than a gateway keeps its side, so that it never sends into a connection that we are closing.
    keepAliveTimeout: 75_000,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    clientErrorHandler: answerClientError,
    frameworkErrors: (thrown, _request, reply) => {
      const error = asOAuthError(thrown) ?? new OAuthError('invalid_request', 'The request is malformed')
      void answer(reply, error, problemJson)
    },
  }
}

/** The answers are data for programs: nothing in them may be framed, sniffed, cached or run. A route may override a header. */
function installSecurityHeaders(http: FastifyInstance, https: boolean): void {
  const headers = {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    ...(https ? { 'strict-transport-security': 'max-age=63072000; includeSubDomains' } : {}),
  }
  http.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers)
    done()
  })
}
