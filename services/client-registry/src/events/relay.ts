import type { Logger, Nats, Part } from '@tillit/service-kit'
import type { Outbox } from '../domain/outbox.js'
import type { Relay } from '../domain/ports.js'
import type { RegistryBucket } from './bucket.js'
import { laneLoop } from './lane.js'
import { putEntries } from './put-entries.js'
import { tellChanges } from './tell-changes.js'

export interface RelayOptions {
  readonly outbox: Outbox
  readonly bucket: RegistryBucket
  readonly nats: Pick<Nats, 'publish'>
  readonly environment: string
  readonly log: Logger
  readonly pollMs?: number
}

/** A put is one of many in flight; a told change waits for the one before it, so a batch of them stays short. */
const PUT_LIMIT = 200
const TELL_LIMIT = 50

/**
 * Tells NATS what was committed: first the read model, then the change event (security.md section 1, decision 2). Two
 * lanes, so that a long queue of events never delays a withdrawal.
 */
export function createRelay(options: RelayOptions): Relay & Part {
  const { outbox, bucket, nats, environment, log } = options
  const timing = options.pollMs === undefined ? {} : { pollMs: options.pollMs }
  const tell = laneLoop({
    ...timing,
    outbox,
    log,
    lane: 'tell',
    limit: TELL_LIMIT,
    publish: (rows) => tellChanges(rows, nats, environment),
  })
  const put = laneLoop({
    ...timing,
    outbox,
    log,
    lane: 'put',
    limit: PUT_LIMIT,
    publish: (rows) => putEntries(rows, bucket),
    onProgress: () => tell.kick(),
  })
  return {
    name: 'relay',
    kick: () => put.kick(),
    start: () => {
      put.start()
      tell.start()
      return Promise.resolve()
    },
    flush: async () => {
      await put.flush()
      await tell.flush()
    },
    stop: async () => {
      await put.stop()
      await tell.stop()
    },
  }
}
