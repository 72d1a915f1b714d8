import type { BucketContract } from '@tillit/events'
import type { Nats } from '../nats/types.js'
import type { ReadModel, ReadModelOptions } from './types.js'
export function readModel<T>(_nats: Nats, _bucket: BucketContract, _options: ReadModelOptions<T>): ReadModel<T> {
  throw new Error('not yet')
}
