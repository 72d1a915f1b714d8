import { OAuthError } from '@tillit/oauth'
import { readOwnToken } from './own-token.js'
import type { RevokeDeps, Trail } from './ports.js'
import { spendAssertion, type ClientCall } from './spend-assertion.js'
import { secondsOf } from './time.js'

/**
 * RFC 7009, for access tokens. A token that is unknown, expired or another client's is no error: nothing happens and the
 * caller learns nothing (F09).
 */
export async function revokeToken(call: ClientCall, deps: RevokeDeps, trail: Trail): Promise<void> {
  const token = requiredToken(call)
  const { client } = await spendAssertion({ ...call, purpose: 'token.revoked' }, deps, trail)
  const claims = readOwnToken(token, deps.issuer, deps.keys)
  if (claims?.client_id !== client.clientId || claims.exp <= secondsOf(deps.now())) return
  await deps.revocations.revoke({ jti: claims.jti, exp: claims.exp, clientId: client.clientId })
}

/** RFC 7009, section 2.1 and RFC 7662, section 2.1. `token_type_hint` may say anything: there is one kind to look among. */
export function requiredToken({ form }: ClientCall): string {
  const token = form.get('token')
  if (token === undefined) throw new OAuthError('invalid_request', 'token is missing', { cause: 'token_missing' })
  return token
}
