import { OAuthError, rateLimited } from '@tillit/oauth'
import { TokenBucket } from '@tillit/service-kit'
import type { FastifyInstance } from 'fastify'
import { importRoute, type ImportDeps } from './import.js'
import { recordRoutes, type RecordDeps } from './records.js'

export type AdminDeps = RecordDeps & ImportDeps

const RATE = { perSecond: 50, burst: 100 }

/** The admin API, below `/admin/v1`. Call it after `protectedApi`, which verifies token and proof first. */
export function adminRoutes(http: FastifyInstance, deps: AdminDeps): void {
  const bucket = new TokenBucket({ ...RATE, now: deps.now })
  // After the guard and before the body: who may not act sends no document.
  http.addHook('preParsing', async (request) => {
    const caller = request.caller
    if (caller === null) return
    const wait = bucket.take(caller.clientId)
    if (wait > 0) throw rateLimited(wait)
    // A token outlives a withdrawal by minutes; here its holder's standing is asked of the registry itself.
    if (!(await deps.store.mayAct(caller.clientId, caller.jti))) {
      throw new OAuthError('invalid_token', 'The token or its client has been withdrawn', {
        headers: { 'WWW-Authenticate': 'DPoP error="invalid_token"' },
      })
    }
  })
  recordRoutes(http, deps)
  importRoute(http, deps)
}
