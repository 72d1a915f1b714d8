import { setTimeout as sleep } from 'node:timers/promises'
import { eventTypes, keysKey, type StreamPlacement } from '@tillit/events'
import {
  ConfigError,
  connectNats,
  createLogger,
  createProducer,
  readSecretFile,
  readTextFile,
} from '@tillit/service-kit'
import type { Logger, Nats, Part, Producer, Service } from '@tillit/service-kit'
import type { SigningKeyConfig } from './config.js'
import { Debts } from './domain/debts.js'
import { KeyKeeper } from './domain/key-keeper.js'
import { KeyRing } from './domain/key-ring.js'
import { ProofFloor } from './domain/proof-floor.js'
import { recordAndSign, type SignDeps } from './domain/record-and-sign.js'
import { Refusals } from './domain/refusals.js'
import { answerSign } from './events/answer-sign.js'
import { observeSigning } from './events/observe.js'
import { watchPartitions } from './events/partitions.js'
import { watchProofMemory } from './events/proof-memory.js'
import { createPublisher, watchKeys } from './events/publish-keys.js'
import { createRecorder } from './events/recorder.js'
import { watchRegistry } from './events/registry.js'
import { reportRefusals } from './events/report-refusals.js'
import { settleDebts } from './events/settle-debts.js'
import { openDatabase } from './store/database.js'
import { fileKek, type Kek } from './store/kek.js'
import { measureKeys } from './store/key-gauges.js'
import { tendKeys } from './store/tend-keys.js'
import { pkcs11Kek } from './store/pkcs11-kek.js'
import { createVault } from './store/vault.js'

const SERVICE = 'signing-key'
const MAX_DEBTS = 10_000

/** Wires signing-key. Nothing is opened before the parts start. */
export function buildApp(config: SigningKeyConfig): Service {
  const log = makeLog(config)
  const nats = connectNats({ config, identity: SERVICE, log })
  const { INSTANCE_ID: instance, TILLIT_ENVIRONMENT: environment } = config
  const producer = createProducer({ nats, service: SERVICE, instance, environment, log, now })
  const keys = wireKeys(config, { nats, log, producer })
  const signing = wireSigning(config, { nats, log, producer, ring: keys.ring })
  const { database, published, tending } = keys
  return { name: SERVICE, log, config, parts: [nats, producer, database, published, tending, ...signing.parts] }
}

/** Emergency rotation (security.md, section 4). Without NATS it is stored, and running replicas publish it later. */
export async function rotateNow(config: SigningKeyConfig, wanted: string): Promise<void> {
  const log = makeLog(config)
  const alg = config.ALLOWED_ALGS.find((allowed) => allowed === wanted)
  if (alg === undefined) throw new ConfigError(`usage: rotate.js ${config.ALLOWED_ALGS.join('|')}`)
  const nats = connectNats({ config, identity: SERVICE, log })
  const { TILLIT_ENVIRONMENT: environment } = config
  const instance = `${config.INSTANCE_ID}-rotate`
  const producer = createProducer({ nats, service: SERVICE, instance, environment, log, now })
  const { keeper, database, published } = wireKeys(config, { nats, log, producer })
  const parts: readonly Part[] = [nats, published, producer]
  try {
    for (const part of parts) await part.start?.()
  } catch (err) {
    log.warn({ 'event.name': 'key.rotation_unpublished', err }, 'NATS cannot be reached; the rotation is stored first')
  }
  try {
    await keeper.rotateNow(alg)
    await producer.flush?.()
  } finally {
    for (const part of [producer, published, nats, database]) await part.stop?.()
  }
}

interface Shared {
  readonly nats: Nats
  readonly log: Logger
  readonly producer: Producer
}

/** What keeps keys and nonce secrets; alone it is what an emergency rotation needs. */
function wireKeys(config: SigningKeyConfig, { nats, log, producer }: Shared): KeyWiring {
  const database = openDatabase(config, now)
  const published = watchKeys(nats, { staleAfterMs: config.STALE_AFTER_MS, now })
  const ring = new KeyRing()
  const algs = config.ALLOWED_ALGS
  const keeper = new KeyKeeper({
    store: database.store,
    vault: createVault(openKek(config, log), readSecretFile(config.NONCE_KEY_FILE)),
    ring,
    publisher: createPublisher(nats, published),
    policy: { algs, maxTokenLifetimeMs: config.MAX_TOKEN_LIFETIME_SECONDS * 1000 },
    now,
    onStep: (step) => {
      log.info({ 'event.name': 'key.changed', ...step }, 'A signing key changed')
      producer.emit(eventTypes.keyChanged, step)
    },
  })
  measureKeys({ keeper, algs, backend: config.KEK_BACKEND, now })
  const tending = tendKeys({ keeper, ring, algs, log })
  published.onChange((key, entry) => {
    if (key === keysKey && entry !== null) void tending.follow(entry.revision, entry.keys)
  })
  return { ring, keeper, database: database.part, published, tending }
}

interface KeyWiring {
  readonly ring: KeyRing
  readonly keeper: KeyKeeper
  readonly database: Part
  readonly published: Part
  readonly tending: Part
}

function wireSigning(config: SigningKeyConfig, shared: Shared & { ring: KeyRing }): { parts: readonly Part[] } {
  const { nats, log, producer, ring } = shared
  const watch = { staleAfterMs: config.STALE_AFTER_MS, now }
  const { model: registryModel, registry } = watchRegistry(nats, { ...watch, capacity: config.READ_MODEL_CAPACITY })
  const { model: partitionModel, partitions } = watchPartitions(nats, watch)
  const floor = new ProofFloor(config.PROOF_FLOOR_MARGIN_MS)
  const recorder = createRecorder({ nats, producer, onProof: (seq) => floor.saw(seq, now()) })
  const debts = new Debts({ recorder, now, random: Math.random, capacity: MAX_DEBTS })
  const refusals = new Refusals()
  const deps: SignDeps = {
    settings: {
      issuer: config.ISSUER,
      environment: config.TILLIT_ENVIRONMENT,
      algs: config.ALLOWED_ALGS,
      maxTokenLifetime: config.MAX_TOKEN_LIFETIME_SECONDS,
    },
    registry,
    partitions,
    keys: ring,
    recorder,
    debts,
    proofFloor: () => floor.get(),
    observe: observeSigning({ refusals, log, backend: config.KEK_BACKEND }),
    now,
    beforeSign: pause(config.TEST_PAUSE_BEFORE_SIGN_MS),
  }
  const answer = answerSign({
    nats,
    log,
    recordAndSign: (batch, requester) => recordAndSign(batch, requester, deps),
    malformed: (requester) => refusals.count(requester, undefined, 'malformed'),
  })
  const watches = [
    registryModel,
    partitionModel,
    watchProofMemory({ nats, floor, now, placement: proofPlacement(config) }),
  ]
  return { parts: [...watches, settleDebts({ debts, log, now }), reportRefusals(refusals, producer), answer] }
}

const now = Date.now

const proofPlacement = (config: SigningKeyConfig): StreamPlacement => ({
  maxBytes: config.PROOF_STREAM_MAX_BYTES,
  replicas: config.PROOF_STREAM_REPLICAS,
})

function makeLog({ INSTANCE_ID, LOG_LEVEL, TILLIT_ENVIRONMENT }: SigningKeyConfig): Logger {
  return createLogger({ service: SERVICE, instance: INSTANCE_ID, level: LOG_LEVEL, environment: TILLIT_ENVIRONMENT })
}

function openKek(config: SigningKeyConfig, log: Logger): Kek {
  if (config.KEK_BACKEND === 'pkcs11') {
    return pkcs11Kek({
      module: given(config.PKCS11_MODULE),
      tokenLabel: given(config.PKCS11_TOKEN_LABEL),
      keyLabel: given(config.PKCS11_KEY_LABEL),
      pin: () => readTextFile(given(config.PKCS11_PIN_FILE)),
    })
  }
  log.warn(
    { 'event.name': 'kek.insecure', backend: config.KEK_BACKEND },
    'INSECURE: the key-encryption key comes from a file; whoever reads it and the database has the signing keys',
  )
  return fileKek(readSecretFile(given(config.KEK_FILE)))
}

/** `readConfig` made sure of what the backend needs. */
function given(value: string | undefined): string {
  if (value === undefined) throw new ConfigError('Invalid configuration:\n- the KEK backend lacks a variable')
  return value
}

const pause = (milliseconds: number | undefined): (() => Promise<void>) | undefined =>
  milliseconds === undefined ? undefined : () => sleep(milliseconds)
