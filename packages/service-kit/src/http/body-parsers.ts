import type { FastifyInstance, FastifyRequest } from 'fastify'
import { isFormContentType, OAuthError, parseJsonObject } from '@tillit/oauth'
import { answersInvalidRequest } from './route-table.js'

const JSON_TYPE = /^application\/json(?: ?; ?charset=(?:utf-8|"utf-8"))?$/i
const MAX_JSON_DEPTH = 32

export interface BodyRules {
  /** Bytes. */
  readonly bodyLimit: number
  /** OAuth endpoints take forms; Tillit's own APIs take JSON only. */
  readonly forms: boolean
}

/**
 * Replaces Fastify's parsers: a form reaches its route as raw text (the strict parser of `@tillit/oauth` reads it), JSON as
 * an object, and everything else is refused before the body is read (I01).
 */
export function installBodyParsers(http: FastifyInstance, { bodyLimit, forms }: BodyRules): void {
  http.removeAllContentTypeParsers()
  http.addHook('onRequest', (request, _reply, done) => {
    const type = request.headers['content-type']
    if (type === undefined || (forms && isFormContentType(type)) || JSON_TYPE.test(type)) done()
    else done(wrongType(request))
  })
  if (forms) {
    http.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
      done(null, body),
    )
  }
  http.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    const value = parseJsonObject(String(body), { maxLength: bodyLimit, maxDepth: MAX_JSON_DEPTH })
    if (value) done(null, value)
    else done(new OAuthError('invalid_request', 'The body must be one JSON object without repeated member names'))
  })
}

function wrongType(request: FastifyRequest): OAuthError {
  const status = answersInvalidRequest(request.routeOptions.url ?? '') ? 400 : 415
  return new OAuthError('invalid_request', 'This content type is not taken here', { status })
}
