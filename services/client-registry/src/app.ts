import { buckets, keysKey, type KeysEntry } from '@tillit/events'
import {
  connectNats,
  createHttp,
  createLogger,
  createProducer,
  protectedApi,
  readModel,
  type Service,
} from '@tillit/service-kit'
import { backlogGauge } from './backlog-gauge.js'
import type { ClientRegistryConfig } from './config.js'
import { revokeToken } from './domain/revoke-token.js'
import { answerRevoke } from './events/answer-revoke.js'
import { registryBucket } from './events/bucket.js'
import { createReconciler } from './events/reconcile.js'
import { createRelay } from './events/relay.js'
import { adminRoutes } from './routes/admin.js'
import { MAX_DOCUMENT } from './routes/import.js'
import { openStores } from './store/open-stores.js'
import { partitionKeeper } from './store/partitions.js'

const NAME = 'client-registry'
const STALE_AFTER_MS = 5_000

/** The composition root. The order of the parts is the order of starting; stopping goes backwards. */
export async function buildApp(config: ClientRegistryConfig): Promise<Service> {
  const environment = config.TILLIT_ENVIRONMENT
  const log = createLogger({ service: NAME, instance: config.INSTANCE_ID, level: config.LOG_LEVEL, environment })
  const now = Date.now

  const { database, store, outbox } = openStores(config, log, now)

  const nats = connectNats({ config, identity: NAME, log })
  const bucket = registryBucket(nats, now)
  const relay = createRelay({ outbox, bucket, nats, environment, log })
  const keys = readModel<KeysEntry>(nats, buckets.keys, {
    capacity: 16,
    staleAfterMs: STALE_AFTER_MS,
    decode: (_key, json) => json as KeysEntry,
    now,
  })
  const producer = createProducer({ nats, service: NAME, instance: config.INSTANCE_ID, environment, log, now })
  const revoke = answerRevoke(
    nats,
    (token) => revokeToken(token, `client:${token.clientId}`, { store, relay, now }),
    log,
  )

  const http = createHttp({ config, log, problemJson: true, bodyLimit: MAX_DOCUMENT })
  await protectedApi(http, {
    issuer: config.ISSUER,
    audience: config.API_AUDIENCE,
    keys: () => keys.peek(keysKey) ?? undefined,
    spendProof: (id, expiresAt) => store.spendProof(id, expiresAt),
    now,
  })
  adminRoutes(http, { store, relay, environment, now })

  const parts = [
    database,
    partitionKeeper(database.prisma, log),
    nats,
    keys,
    producer,
    relay,
    createReconciler({ outbox, bucket, log }),
    backlogGauge(outbox, now),
    revoke,
  ]
  return { name: NAME, log, parts, http, config }
}
