import { OAuthError, TOKEN_EXCHANGE, type GrantType, type RequestOf, type TokenRequest } from '@tillit/oauth'
import type { AuthenticatedClient } from './authenticate-client.js'
import { decideClientCredentials, type Decision, type DecideDeps } from './decide.js'
import type { Trail } from './ports.js'

type Grant<G extends GrantType> = (
  request: RequestOf<G>,
  caller: AuthenticatedClient,
  deps: DecideDeps & { readonly trail: Trail },
) => Promise<Decision>

/** Total: the compiler rejects a grant without a handler. */
const grants: { readonly [G in GrantType]: Grant<G> } = {
  client_credentials: decideClientCredentials,
  authorization_code: notYet,
  refresh_token: notYet,
  [TOKEN_EXCHANGE]: notYet,
}

/** Parsed, so that a mistake in the request is named first, but not issued by this release; discovery does not offer it. */
function notYet(request: TokenRequest): Promise<Decision> {
  return Promise.reject(
    new OAuthError('unsupported_grant_type', `${request.grantType} is not enabled at this issuer`, {
      cause: 'grant_not_enabled',
    }),
  )
}

/** C11: a grant that the client is not registered for is `unauthorized_client`, whether or not the issuer has it. */
export function decideGrant<G extends GrantType>(
  request: RequestOf<G> & { readonly grantType: G },
  caller: AuthenticatedClient,
  deps: DecideDeps & { readonly trail: Trail },
): Promise<Decision> {
  if (!caller.client.grantTypes.includes(request.grantType)) {
    throw new OAuthError('unauthorized_client', `This client is not registered for the grant ${request.grantType}`, {
      cause: 'grant_not_registered',
    })
  }
  return grants[request.grantType](request, caller, deps)
}
