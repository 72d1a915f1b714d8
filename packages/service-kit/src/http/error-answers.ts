import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { OAuthError, oauthErrorBody } from '@tillit/oauth'
import type { Logger } from '../log.js'
import { asOAuthError } from './known-errors.js'
import { LogGate } from './log-gate.js'

const REFUSALS_PER_SECOND = 20
const FAULTS_PER_SECOND = 20

export interface ErrorAnswerOptions {
  readonly log: Logger
  readonly problemJson: boolean
}

/** The one place where an error becomes an answer and a line in the log. */
export function installErrorAnswers(http: FastifyInstance, options: ErrorAnswerOptions): void {
  const { log, problemJson } = options
  const refusals = new LogGate(REFUSALS_PER_SECOND)
  const faults = new LogGate(FAULTS_PER_SECOND)
  http.setErrorHandler((thrown, request, reply) => {
    const known = asOAuthError(thrown)
    const error = known ?? new OAuthError('server_error', `Something went wrong here; the reference is ${request.id}`)
    const gate = error.status >= 500 ? faults : refusals
    gate.pass((suppressed) => logError({ log, request, error, suppressed, cause: known ? known.cause : thrown }))
    return answer(reply, error, problemJson)
  })
}

interface ErrorLine {
  readonly log: Logger
  readonly request: FastifyRequest
  readonly error: OAuthError
  readonly suppressed: number
  readonly cause: unknown
}

/** `error`: our fault. `warn`: something is down. `info`: a refusal. The gates keep a flood of requests out of the log. */
function logError({ log, request, error, suppressed, cause }: ErrorLine): void {
  const level = error.status === 503 ? 'warn' : error.status >= 500 ? 'error' : 'info'
  log[level](
    {
      'event.name': level === 'info' ? 'http.request.refused' : 'http.request.failed',
      'http.request.method': request.method,
      'http.route': request.routeOptions.url ?? 'unknown',
      'http.response.status_code': error.status,
      'error.type': error.code,
      reference: request.id,
      ...(suppressed > 0 ? { suppressed } : {}),
      ...(cause === undefined ? {} : { err: cause }),
    },
    error.publicText,
  )
}

/** RFC 6749, section 5.2; or RFC 9457 with the same two members. */
export function answer(reply: FastifyReply, error: OAuthError, problemJson: boolean): FastifyReply {
  if (error.headers) reply.headers(error.headers)
  reply.code(error.status).header('cache-control', 'no-store')
  const body = oauthErrorBody(error)
  if (!problemJson) return reply.type('application/json; charset=utf-8').send(JSON.stringify(body))
  const problem = { type: 'about:blank', title: error.code, status: error.status, detail: error.publicText, ...body }
  return reply.type('application/problem+json; charset=utf-8').send(JSON.stringify(problem))
}
