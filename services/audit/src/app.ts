import { buckets, eventTypes, keysKey } from '@tillit/events'
import type { KeysEntry, PartitionsEntry } from '@tillit/events'
import { timeOfUuidV7 } from '@tillit/oauth'
import {
  connectNats,
  createHttp,
  createLogger,
  databasePool,
  protectedApi,
  readModel,
  TokenBucket,
  uuid7,
} from '@tillit/service-kit'
import type { Service } from '@tillit/service-kit'
import type { AuditConfig } from './config.js'
import type { OwnProducer } from './domain/own-event.js'
import { logAlarms } from './events/alarms.js'
import { drainAll } from './events/drains.js'
import { messageHandler } from './events/handle-messages.js'
import { createSweeper } from './events/sweeper.js'
import { auditApi } from './routes/audit-api.js'
import { recordRefusals } from './routes/record-refusals.js'
import { partitionKeeper } from './store/partition-keeper.js'
import { openStores } from './store/stores.js'

const NAME = 'audit'
const STALE_AFTER_MS = 5_000

/** The composition root. The order of the parts is the order of starting; stopping goes backwards. */
export async function buildApp(config: AuditConfig): Promise<Service> {
  const environment = config.TILLIT_ENVIRONMENT
  const log = createLogger({ service: NAME, instance: config.INSTANCE_ID, level: config.LOG_LEVEL, environment })
  const now = Date.now

  const { database, partitions, events, gaps, proofs, refusesData } = openStores(databasePool(config))
  const retention = { event: config.EVENT_RETENTION_DAYS, spend: config.SPEND_RETENTION_DAYS }

  const nats = connectNats({ config, identity: NAME, log })
  const model = { capacity: 16, staleAfterMs: STALE_AFTER_MS, now }
  const keys = readModel<KeysEntry>(nats, buckets.keys, { ...model, decode: (_key, json) => json as KeysEntry })
  const map = readModel<PartitionsEntry>(nats, buckets.partitions, {
    ...model,
    decode: (_key, json) => json as PartitionsEntry,
  })
  const alarms = logAlarms(log)
  const handle = messageHandler({ store: events, alarms, refusesData, now })
  const drains = drainAll({ nats, partitions: map, handle, batch: config.DRAIN_BATCH, log })
  const { GAP_AFTER_MS: gapAfterMs, EPOCH_SILENT_AFTER_MS: silentAfterMs } = config
  const sweeper = createSweeper({ gaps, drains, alarms, gapAfterMs, silentAfterMs, log, now })

  const own = ownProducer(config, now)
  const http = createHttp({ config, log, problemJson: true })
  const refusals = recordRefusals(http, { events, own, type: eventTypes.requestRefused, log, now })
  await protectedApi(http, {
    issuer: config.ISSUER,
    audience: config.API_AUDIENCE,
    keys: () => keys.peek(keysKey) ?? undefined,
    spendProof: (id, expiresAt) => proofs.spend(id, expiresAt),
    now,
  })
  const rate = { perSecond: config.CLIENT_RATE_PER_SECOND, burst: config.CLIENT_RATE_BURST }
  auditApi(http, {
    events,
    gaps,
    own,
    limit: new TokenBucket({ ...rate, now }),
    intentType: eventTypes.tokenIntent,
    readType: eventTypes.auditRead,
    now,
  })

  const parts = [
    database.part,
    partitionKeeper({ partitions, gaps }, retention, log),
    nats,
    keys,
    map,
    drains,
    sweeper,
    refusals,
  ]
  return { name: NAME, log, parts, http, config }
}

/** Audit's own events go straight into its database: their sequence orders them, no stream can lose them. */
function ownProducer(config: AuditConfig, now: () => number): OwnProducer {
  let n = 0
  return {
    source: `/tillit/${config.TILLIT_ENVIRONMENT}/${NAME}`,
    producer: `${NAME}/${config.INSTANCE_ID}`,
    epoch: uuid7(now()),
    stream: 'AUDIT_OWN',
    newId: () => uuid7(now()),
    timeOf: (id) => timeOfUuidV7(id) ?? now(),
    next: () => (n += 1),
  }
}
