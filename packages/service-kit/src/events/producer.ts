import type { ServiceName } from '@tillit/events'
import type { Logger } from '../log.js'
import type { Nats } from '../nats/types.js'
import type { Producer } from './types.js'

export interface ProducerOptions {
  readonly nats: Pick<Nats, 'publish' | 'connected'>
  readonly service: ServiceName
  readonly instance: string
  readonly environment: string
  readonly log: Logger
  /** Epoch milliseconds. */
  readonly now: () => number
  readonly uuid7?: (now: number) => string
}
export function createProducer(_options: ProducerOptions): Producer {
  throw new Error('not yet')
}
