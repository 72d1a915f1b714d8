import type { FastifyInstance } from 'fastify'
import type { BaseConfigValues } from '../config.js'
import type { Logger } from '../log.js'

export interface HttpOptions {
  readonly config: BaseConfigValues
  readonly log: Logger
  /** Bytes; default 64 kB. */
  readonly bodyLimit?: number
  /** Error bodies as RFC 9457 problem details instead of OAuth's: for a service whose routes are its own API. */
  readonly problemJson?: boolean
  /** Epoch milliseconds, for the duration of requests; default `performance.now`. */
  readonly now?: () => number
}
export function createHttp(_options: HttpOptions): FastifyInstance {
  throw new Error('not yet')
}
