import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { Environment } from '../domain/environment.js'
import { importDocument } from '../domain/import-document.js'
import type { Now, RegistryStore, Relay } from '../domain/ports.js'
import { ImportRefused, pointer } from '../domain/problems.js'
import { mayWrite } from './access.js'
import { sendImportRefused } from './problem.js'
import { actorOf } from './records.js'
import { ImportAnswer } from './schemas.js'

export interface ImportDeps {
  readonly store: RegistryStore
  readonly relay: Relay
  readonly environment: Environment
  readonly now: Now
}

/** Bytes of a document; the other routes take far less. */
export const MAX_DOCUMENT = 4 * 1024 * 1024

/** Open here: the domain checks the members one by one, with a place for each problem. */
const Body = Type.Object({ dryRun: Type.Optional(Type.Boolean()) })

/** The seed format as JSON, with `dryRun` beside it. All or nothing. */
export function importRoute(http: FastifyInstance, deps: ImportDeps): void {
  const schema = { body: Body, response: { 200: ImportAnswer } }
  http.post(
    '/admin/v1/import',
    { config: { access: mayWrite }, bodyLimit: MAX_DOCUMENT, schema },
    async (request, reply) => {
      const { dryRun, ...document } = request.body as { dryRun?: boolean }
      const rules = { environment: deps.environment, now: deps.now() }
      try {
        const options = { actor: actorOf(request), dryRun: dryRun ?? false }
        const result = await importDocument(document, options, { ...deps, rules })
        const warnings = result.warnings.map(({ path, message }) => ({ pointer: pointer(path), detail: message }))
        return await reply.header('Cache-Control', 'no-store').send({ ...result, warnings })
      } catch (error) {
        if (error instanceof ImportRefused) return sendImportRefused(reply, error)
        throw error
      }
    },
  )
}
