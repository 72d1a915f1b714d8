import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { buckets, type Envelope } from '@tillit/events'
import { natsContract, producerContract, readModelContract, type Entry } from '../../testkit/src/index.js'
import { createProducer } from './events/producer.js'
import { createLogger } from './log.js'
import type { Part } from './lifecycle/part.js'
import type { Nats } from './nats/types.js'
import { readModel } from './read-model/read-model.js'
import type { ReadModel } from './read-model/types.js'
import { RealNats } from './real-nats.fixture.js'

const api = { describe, it, expect }
const log = createLogger({ service: 'token', instance: 'test', level: 'silent', environment: 'test' })
const models: ReadModel<Entry>[] = []
let real: RealNats
let owner: Nats
let reader: Nats
let prefixes = 0

beforeAll(async () => {
  real = await RealNats.start()
  owner = await real.connect('client-registry')
  reader = await real.connect('token')
}, 30_000)
afterAll(async () => {
  for (const model of models) await model.stop?.()
  await real.stop()
})

describe('Nats on a real server', () => {
  natsContract(api, () => real)
})

describe('ReadModel on a real bucket', () => {
  readModelContract(api, () => {
    const prefix = `client.case${(prefixes += 1)}-`
    const publish = (key: string, body: string, options: object): Promise<unknown> =>
      owner.publish(`$KV.registry.${key}`, body, { timeoutMs: 2_000, ...options })
    return {
      prefix: () => prefix,
      put: (key, entry) => publish(key, JSON.stringify(entry), {}),
      remove: (key) => publish(key, '', { kvOperation: 'DEL' }),
      model: async ({ capacity }) => {
        const decode = (_key: string, json: unknown): Entry => json as Entry
        const model = readModel(reader, buckets.registry, { capacity, staleAfterMs: 5_000, decode, now: Date.now })
        await model.start?.()
        models.push(model)
        return model
      },
    }
  })
})

describe('Producer on a real stream', () => {
  const received: Envelope[] = []
  let drain: Part | undefined
  beforeAll(async () => {
    const audit = await real.connect('audit')
    const options = { stream: 'AUDIT_EVENTS', durable: 'audit', batch: 10, maxWaitMs: 200 }
    drain = audit.drainStream(options, (messages) => {
      for (const { data } of messages) received.push(asEnvelope(data))
      return Promise.resolve()
    })
    await drain.start?.()
  })
  afterAll(async () => drain?.stop?.())
  producerContract(api, () => {
    const options = { service: 'token', instance: 'test-1', environment: 'test', log, now: Date.now } as const
    const producer = createProducer({ nats: reader, ...options })
    const sent = (): Envelope[] => received.filter(({ epoch }) => epoch === producer.epoch).sort((a, b) => a.n - b.n)
    return { producer, sent }
  })
})

function asEnvelope(data: Uint8Array): Envelope {
  try {
    return JSON.parse(Buffer.from(data).toString('utf8')) as Envelope
  } catch {
    return { epoch: 'not an envelope' } as Envelope
  }
}
