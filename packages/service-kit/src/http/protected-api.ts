import type { FastifyInstance } from 'fastify'
import type { KeysEntry } from '@tillit/events'

export interface ProtectedApiOptions {
  readonly issuer: string
  /** The one audience of this API's tokens. */
  readonly audience: string
  /** Public keys from the read model; undefined: not known yet, answered 503. */
  readonly keys: () => KeysEntry | undefined
  /** Single use of a proof: false when the id was seen before. `id` is a hash; it may be forgotten after `expiresAt`. */
  readonly spendProof: (id: string, expiresAt: Date) => Promise<boolean>
  /** Epoch milliseconds. */
  readonly now: () => number
}
/** Call it before the routes are added: `await protectedApi(http, {...})`. */
export function protectedApi(_http: FastifyInstance, _options: ProtectedApiOptions): Promise<void> {
  throw new Error('not yet')
}
