import { asks, RevokeReply, type RevokeRequest } from '@tillit/events'
import { temporarilyUnavailable } from '@tillit/oauth'
import type { Nats } from '@tillit/service-kit'
import { Compile } from 'typebox/compile'
import type { Revocations } from '../domain/ports.js'

const reply = Compile(RevokeReply)

/** Asks client-registry to commit a revocation, and believes only a commit. `timeoutMs`: milliseconds. */
export function createRevocations(nats: Pick<Nats, 'ask'>, timeoutMs: number): Revocations {
  return {
    revoke: async (token) => {
      const request: RevokeRequest = { ...token, reason: 'client_request' }
      const bytes = await nats.ask(asks.revokeToken, JSON.stringify(request), { timeoutMs }).catch((cause: unknown) => {
        throw notRevoked(cause)
      })
      const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
      if (!reply.Check(value) || !value.ok)
        throw notRevoked(reply.Check(value) ? 'the registry refused' : 'malformed reply')
    },
  }
}

/** RFC 7009, section 2.2.1: the client must assume that the token still works. */
function notRevoked(cause: unknown): Error {
  return temporarilyUnavailable('The token may still be valid: try again with a new client_assertion', 2, cause)
}
