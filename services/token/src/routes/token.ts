import type { FastifyInstance } from 'fastify'
import { issueToken } from '../domain/issue-token.js'
import { paths } from '../domain/metadata.js'
import type { IssueDeps, Journal } from '../domain/ports.js'
import { formEndpoint, traceparentOf } from './form-endpoint.js'

/** `POST /connect/token` (RFC 6749, section 3.2). */
export async function tokenRoute(
  http: FastifyInstance,
  deps: IssueDeps & { readonly journal: Journal },
): Promise<void> {
  await formEndpoint(http, {
    path: paths.token,
    endpoint: 'token',
    audit: 'no.tillit.token.intent.v1 by signing-key; refusals as no.tillit.request.refused.v1',
    journal: deps.journal,
    handle: (form, request, trail) =>
      issueToken(
        {
          form,
          authorization: request.headers.authorization,
          dpop: request.headers['dpop'],
          traceparent: traceparentOf(request),
        },
        deps,
        trail,
      ),
  })
}
