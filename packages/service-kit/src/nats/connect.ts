import type { Identity } from '@tillit/events'
import type { BaseConfigValues } from '../config.js'
import type { Logger } from '../log.js'
import type { Nats } from './types.js'

export interface ConnectOptions {
  readonly config: Pick<BaseConfigValues, 'NATS_URL' | 'NATS_NKEY_SEED_FILE' | 'NATS_CA_FILE' | 'INSTANCE_ID'>
  readonly identity: Identity
  readonly log: Logger
}
/** Returns at once; the connection is made by `start()` and kept for ever after. */
export function connectNats(_options: ConnectOptions): Nats {
  throw new Error('not yet')
}
