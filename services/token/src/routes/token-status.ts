import type { FastifyInstance } from 'fastify'
import { introspectToken } from '../domain/introspect-token.js'
import { paths } from '../domain/metadata.js'
import type { Journal, RevokeDeps } from '../domain/ports.js'
import { revokeToken } from '../domain/revoke-token.js'
import { formEndpoint, traceparentOf } from './form-endpoint.js'

/** `POST /connect/revocation` (RFC 7009) and `POST /connect/introspect` (RFC 7662). */
export async function tokenStatusRoutes(
  http: FastifyInstance,
  deps: RevokeDeps & { readonly journal: Journal },
): Promise<void> {
  await formEndpoint(http, {
    path: paths.revocation,
    endpoint: 'revocation',
    audit: 'no.tillit.assertion.spent.v1 by signing-key, no.tillit.registry.changed.v1 by client-registry',
    journal: deps.journal,
    handle: async (form, request, trail) => {
      const { authorization } = request.headers
      await revokeToken({ form, authorization, traceparent: traceparentOf(request) }, deps, trail)
      return undefined
    },
  })
  await formEndpoint(http, {
    path: paths.introspection,
    endpoint: 'introspection',
    audit: 'no.tillit.assertion.spent.v1 by signing-key',
    journal: deps.journal,
    handle: (form, request, trail) => {
      const { authorization } = request.headers
      return introspectToken({ form, authorization, traceparent: traceparentOf(request) }, deps, trail)
    },
  })
}
