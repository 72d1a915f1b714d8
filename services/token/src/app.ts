import { randomFillSync } from 'node:crypto'
import { registryKeys } from '@tillit/events'
import type { DpopKey } from '@tillit/oauth'
import {
  connectNats,
  createHttp,
  createLogger,
  createProducer,
  readSecretFile,
  TokenBucket,
  uuid7,
  type Part,
  type Service,
} from '@tillit/service-kit'
import { LRUCache } from 'lru-cache'
import type { TokenConfig } from './config.js'
import { paths } from './domain/metadata.js'
import { createJournal } from './events/journal.js'
import { openKeys, openNonces, openRegistry } from './events/read-models.js'
import { createSigner } from './events/record-and-sign.js'
import { createRefusals } from './events/refusals.js'
import { createRevocations } from './events/revocations.js'
import { metadataRoutes } from './routes/metadata.js'
import { tokenRoute } from './routes/token.js'
import { tokenStatusRoutes } from './routes/token-status.js'
import { createNonceStore } from './store/nonces.js'
import { createKeyStore } from './store/published-keys.js'
import { createRegistry } from './store/registry.js'
import { registryEntries } from './store/registry-entries.js'

/** DPoP keys whose import is remembered: a client makes many requests with one key. */
const DPOP_KEYS = 5_000

/** The composition root: everything is wired here and nowhere else. */
export async function buildApp(config: TokenConfig): Promise<Service> {
  const { ISSUER: issuer, TILLIT_ENVIRONMENT: environment, INSTANCE_ID: instance } = config
  const now = Date.now
  const log = createLogger({ service: 'token', instance, level: config.LOG_LEVEL, environment })
  const nats = connectNats({ config, identity: 'token', log })
  const producer = createProducer({ nats, service: 'token', instance, environment, log, now })

  const models = { capacity: config.READ_MODEL_CAPACITY, staleAfterMs: config.STALE_AFTER_MS, now }
  const registryModel = openRegistry(nats, models, registryEntries)
  const keysModel = openKeys(nats, models)
  const noncesModel = openNonces(nats, models)
  const keys = createKeyStore(keysModel, now)
  const nonces = createNonceStore(noncesModel, readSecretFile(config.NONCE_KEY_FILE))
  const refusals = createRefusals({ producer, log, now })

  const unready = (): string | undefined => {
    for (const model of [registryModel, keysModel, noncesModel]) if (!model.fresh()) return `${model.name} is stale`
    if (!keys.hasActive()) return 'no active signing key is known'
    return nonces.hasSecret()
      ? undefined
      : 'no DPoP nonce secret opens: is NONCE_KEY_FILE the one signing-key seals with?'
  }
  const deps = {
    issuer,
    environment,
    tokenEndpoint: issuer + paths.token,
    registry: createRegistry(registryModel, registryKeys),
    keys,
    nonces,
    rates: new TokenBucket({ perSecond: config.CLIENT_RATE_PER_SECOND, burst: config.CLIENT_RATE_BURST, now }),
    signer: createSigner(nats, { deadlineMs: config.SIGN_DEADLINE_MS, now, newId: () => uuid7(now()) }),
    revocations: createRevocations(nats, config.SIGN_DEADLINE_MS),
    journal: createJournal({ refusals, log, clock: () => performance.now() }),
    dpopKeys: new LRUCache<string, DpopKey>({ max: DPOP_KEYS }),
    newJti,
    unready,
    now,
  }
  const http = createHttp({ config, log })
  await tokenRoute(http, deps)
  await tokenStatusRoutes(http, deps)
  metadataRoutes(http, { issuer, currentKeys: () => keys.current(), retiredKeys: () => keys.retired() })
  const issuing: Part = { name: 'issuing', ready: () => unready() ?? true }
  return {
    name: 'token',
    log,
    config,
    http,
    parts: [nats, producer, registryModel, keysModel, noncesModel, refusals, issuing],
  }
}

const JTI_BYTES = 16
const pool = Buffer.alloc(JTI_BYTES * 256)
let used = pool.length

/** 32 hex digits. Random bytes are drawn for 256 tokens at a time: one call costs as much as many. */
function newJti(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += JTI_BYTES
  return pool.toString('hex', used - JTI_BYTES, used)
}
