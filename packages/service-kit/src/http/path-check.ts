import type { FastifyInstance } from 'fastify'
import { OAuthError } from '@tillit/oauth'

/** Spellings that a gateway and this server could read as different paths (I04). */
const TRICK = /;|\/\/|\\|%2f|%5c|%00|%3b|\/\.{1,2}(?:\/|$)|%2e/i

/** 404 for a path with a trick in it. Query parameters are not looked at. */
export function installPathCheck(http: FastifyInstance): void {
  http.addHook('onRequest', (request, _reply, done) => {
    const { url } = request
    const query = url.indexOf('?')
    if (!TRICK.test(query < 0 ? url : url.slice(0, query))) done()
    else done(new OAuthError('invalid_request', 'There is nothing at this path', { status: 404 }))
  })
}
