import { OAuthError } from '@tillit/oauth'
import type { FastifyInstance } from 'fastify'
import type { ImportDeps } from './import.js'
import { importRoute } from './import.js'
import { recordRoutes, type RecordDeps } from './records.js'

export type AdminDeps = RecordDeps & ImportDeps

/** The admin API, below `/admin/v1`. Call it after `protectedApi`, which verifies token and proof first. */
export function adminRoutes(http: FastifyInstance, deps: AdminDeps): void {
  http.addHook('preHandler', async (request) => {
    const caller = request.caller
    if (caller === null) return
    // A token outlives a withdrawal by minutes; here its holder's standing is asked of the registry itself.
    if (!(await deps.store.mayAct(caller.clientId, caller.jti))) {
      throw new OAuthError('invalid_token', 'The token or its client has been withdrawn')
    }
  })
  recordRoutes(http, deps)
  importRoute(http, deps)
}
