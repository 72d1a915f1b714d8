import { buckets, keysKey, nonceKey } from '@tillit/events'
import type { KeysEntry, NonceEntry } from '@tillit/events'
import { readModel, type Nats, type ReadModel } from '@tillit/service-kit'
import { publishedKey } from '../domain/public-keys.js'
import type { KeyPublisher } from '../domain/ports.js'
import type { ReadModelSettings } from './registry.js'

const TIMEOUT_MS = 5_000

/** The watch on our own bucket: how a replica learns what another one published. */
export function watchKeys(nats: Nats, settings: Omit<ReadModelSettings, 'capacity'>): ReadModel<KeysEntry> {
  const decode = (_key: string, json: unknown) => json as KeysEntry
  return readModel<KeysEntry>(nats, buckets.keys, { ...settings, capacity: 16, decode })
}

/** Publishes what the buckets do not have yet. After a reconnect the nonces are sent again: the broker may have lost them. */
export function createPublisher(
  nats: Pick<Nats, 'publish' | 'raw'>,
  published: Pick<ReadModel<KeysEntry>, 'peek'>,
): KeyPublisher {
  let nonceRevision = 0
  nats.raw.onConnection(() => {
    nonceRevision = 0
  })
  const put = (bucket: { name: string }, key: string, entry: KeysEntry | NonceEntry) =>
    nats.publish(`$KV.${bucket.name}.${key}`, JSON.stringify(entry), { timeoutMs: TIMEOUT_MS })
  return {
    publishKeys: async ({ keysRevision, keys }) => {
      if ((published.peek(keysKey)?.revision ?? 0) >= keysRevision) return
      await put(buckets.keys, keysKey, { revision: keysRevision, keys: keys.map(publishedKey) })
    },
    publishNonces: async ({ nonceRevision: revision, secrets }, sealed) => {
      if (nonceRevision >= revision) return
      const entries = secrets.map(({ id, createdAt }, i) => ({
        id,
        createdAt: Math.floor(createdAt / 1000),
        sealed: sealed[i] ?? '',
      }))
      await put(buckets.nonce, nonceKey, { revision, secrets: entries })
      nonceRevision = revision
    },
  }
}
