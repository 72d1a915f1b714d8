import { isFormContentType, OAuthError, parseForm, type FormParameters } from '@tillit/oauth'
import type { RouteAccess } from '@tillit/service-kit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Endpoint, Journal, RequestTrail } from '../domain/ports.js'

export interface FormEndpoint {
  readonly path: string
  readonly endpoint: Endpoint
  readonly audit: string
  readonly journal: Journal
  /** The JSON to answer with; undefined for an empty 200. */
  readonly handle: (form: FormParameters, request: FastifyRequest, trail: RequestTrail) => Promise<object | undefined>
}

const LIMIT = 'CLIENT_RATE_PER_SECOND per authenticated client, or as registered; body 64 kB'

/**
 * A POST of a form by an authenticated client, and nothing else: no query (A19), one content type (I01). Each in a scope of
 * its own, because the parser that takes every content type, so that the refusal is OAuth's, must not leak out.
 */
export async function formEndpoint(http: FastifyInstance, endpoint: FormEndpoint): Promise<void> {
  const access: RouteAccess = { caller: 'client-assertion', limit: LIMIT, audit: endpoint.audit }
  await http.register((scope, _options, done) => {
    // Bodies arrive as text, whatever they claim to be, so that the refusal is OAuth's; readForm judges.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, parsed) => {
      parsed(null, body)
    })
    // What is refused before the handler, such as a body too large, leaves its trace as well.
    scope.addHook('onError', (_request, _reply, error) => {
      if (!recorded.has(error)) endpoint.journal.open(endpoint.endpoint).refused(error)
      return Promise.resolve()
    })
    scope.post(endpoint.path, { config: { access } }, (request, reply) => answer(endpoint, request, reply))
    done()
  })
}

/** Errors that a trail has told of already. */
const recorded = new WeakSet<Error>()

async function answer(endpoint: FormEndpoint, request: FastifyRequest, reply: FastifyReply): Promise<string> {
  const trail = endpoint.journal.open(endpoint.endpoint)
  try {
    const body = await endpoint.handle(readForm(request), request, trail)
    trail.done()
    // RFC 6749, section 5.1; `Cache-Control: no-store` is on every answer that does not say otherwise.
    reply.header('pragma', 'no-cache')
    if (body === undefined) return ''
    reply.type('application/json')
    return JSON.stringify(body)
  } catch (error) {
    trail.refused(error)
    if (error instanceof Error) recorded.add(error)
    throw error
  }
}

function readForm(request: FastifyRequest): FormParameters {
  if (request.url.includes('?')) {
    throw new OAuthError('invalid_request', 'Send parameters in the body only, not in the query', { cause: 'query' })
  }
  if (!isFormContentType(request.headers['content-type'])) throw wrongContentType()
  return parseForm(typeof request.body === 'string' ? request.body : '')
}

function wrongContentType(): OAuthError {
  return new OAuthError('invalid_request', 'Send the body as application/x-www-form-urlencoded', {
    cause: 'content_type',
  })
}

const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/

/** W3C Trace Context, section 3.2; undefined where absent or malformed. */
export function traceparentOf(request: FastifyRequest): string | undefined {
  const value = request.headers['traceparent']
  return typeof value === 'string' && TRACEPARENT.test(value) ? value : undefined
}
