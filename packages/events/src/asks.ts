import type { TSchema } from 'typebox'
import type { ServiceName } from './identities.js'
import { RevokeReply, RevokeRequest } from './revoke.js'
import { SignBatch, SignBatchReply } from './sign.js'

/** A request/reply contract. The last token of a request subject names the caller; permissions enforce it. */
export interface Ask {
  /** Subject without the caller's token. */
  readonly prefix: string
  readonly owner: ServiceName
  readonly callers: readonly ServiceName[]
  readonly queue: string
  readonly request: TSchema
  readonly reply: TSchema
  /** Largest request or reply, in bytes. */
  readonly maxBytes: number
}

export const asks = {
  /** Record first, then sign; or spend an assertion or a proof without issuing (security.md, section 1). */
  recordAndSign: {
    prefix: 'sign.req',
    owner: 'signing-key',
    callers: ['token'],
    queue: 'signing-key',
    request: SignBatch,
    reply: SignBatchReply,
    maxBytes: 524_288,
  },
  /** Commit `revoked(jti, exp)`; the read model carries it until `exp`. */
  revokeToken: {
    prefix: 'registry.req.revoke',
    owner: 'client-registry',
    callers: ['token'],
    queue: 'client-registry',
    request: RevokeRequest,
    reply: RevokeReply,
    maxBytes: 8_192,
  },
} as const satisfies Record<string, Ask>

/** The subject on which `caller` sends this ask. */
export const askSubject = (ask: Ask, caller: ServiceName): string => `${ask.prefix}.${caller}`
/** The subject to which the owner subscribes, in its queue group. */
export const answerSubject = (ask: Ask): string => `${ask.prefix}.*`
