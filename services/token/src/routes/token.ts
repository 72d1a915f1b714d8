import { OAuthError } from '@tillit/oauth'
import type { FastifyInstance } from 'fastify'
import { issueToken } from '../domain/issue-token.js'
import { paths } from '../domain/metadata.js'
import type { IssueDeps, Journal } from '../domain/ports.js'
import { acceptAnyBody, formEndpoint, traceparentOf } from './form-endpoint.js'

/** `POST /connect/token` (RFC 6749, section 3.2). Another method is `invalid_request` (helseid.md section 1). */
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
  await http.register((scope, _options, done) => {
    acceptAnyBody(scope)
    scope.route({
      method: ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
      url: paths.token,
      config: { access: { caller: 'public', limit: 'none: nothing is done', audit: 'none: nothing is done' } },
      handler: () => {
        throw new OAuthError('invalid_request', 'Use POST at the token endpoint')
      },
    })
    done()
  })
}
