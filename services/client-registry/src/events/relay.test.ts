import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createLogger } from '@tillit/service-kit'
import { Envelope, RegistryChanged } from '@tillit/events'
import { Value } from 'typebox/value'
import { changeStatus } from '../domain/change-status.js'
import { importDocument } from '../domain/import-document.js'
import { documentOf, freshWorld, localRules, NOW } from '../domain/sample.fixture.js'
import { FakeRegistry } from '../store/registry.fake.js'
import { registryBucket } from './bucket.js'
import { FakeNats } from './nats.fake.js'
import { createReconciler } from './reconcile.js'
import { createRelay } from './relay.js'
import { changeEnvelope } from './tell-changes.js'

const log = createLogger({ service: 'client-registry', instance: 'test', level: 'silent', environment: 'test' })
const world = freshWorld()
let store: FakeRegistry
let nats: FakeNats
const running: { stop?: () => Promise<void> }[] = []

beforeEach(async () => {
  store = new FakeRegistry(() => NOW)
  nats = new FakeNats()
  await importDocument(
    documentOf(world),
    { actor: 'import' },
    { store, relay: { kick: () => undefined }, rules: localRules },
  )
})
afterEach(async () => {
  for (const part of running.splice(0)) await part.stop?.()
})

async function startRelay() {
  const relay = createRelay({
    outbox: store,
    bucket: registryBucket(nats, () => NOW),
    nats,
    environment: 'test',
    log,
    pollMs: 5,
  })
  running.push(relay)
  await relay.start?.()
  return relay
}
async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 400 && !holds(); turn++) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(holds()).toBe(true)
}
const allTold = (): boolean => store.rows.every((row) => row.told)
const inOrder = (): number[] => nats.told.map(({ n }) => n)
const expected = (): number[] => store.rows.map(({ revision }) => revision)

describe('relay', () => {
  it('puts every entry and tells every change, in the order of commits', async () => {
    await startRelay()
    await until(allTold)
    expect(inOrder()).toEqual(expected())
    expect(nats.lastOf(`$KV.registry.org.${world.main}`)).toBeDefined()
  })

  it('hurries when it is kicked', async () => {
    const relay = createRelay({
      outbox: store,
      bucket: registryBucket(nats, () => NOW),
      nats,
      environment: 'test',
      log,
      pollMs: 60_000,
    })
    running.push(relay)
    await relay.start?.()
    await until(allTold)
    await changeStatus({ kind: 'client', subject: [world.client], status: 'deactivated', reason: 'stop' }, 'test', {
      store,
      relay,
    })
    await until(allTold)
  })

  it('puts only the newest of many changes of one record, and tells them all', async () => {
    const change = { kind: 'client', subject: [world.client], reason: 'stop' } as const
    const deps = { store, relay: { kick: () => undefined } }
    await changeStatus({ ...change, status: 'deactivated' }, 'test', deps)
    await changeStatus({ ...change, status: 'active' }, 'test', deps)
    await startRelay()
    await until(allTold)
    const puts = nats.stored.filter(({ subject }) => subject === `$KV.registry.client.${world.client}`)
    expect(puts.map(({ text }) => (JSON.parse(text) as { revision: number }).revision)).toEqual([store.rows.length])
    expect(inOrder()).toEqual(expected())
  })

  it('two replicas never tell out of order', async () => {
    await Promise.all([startRelay(), startRelay(), startRelay()])
    await until(allTold)
    expect(inOrder()).toEqual(expected())
  })

  it('waits while NATS is gone, and goes on where it was', async () => {
    nats.down = true
    await startRelay()
    await new Promise((resolve) => setTimeout(resolve, 40))
    expect(nats.stored).toHaveLength(0)
    nats.down = false
    await until(allTold)
    expect(inOrder()).toEqual(expected())
  })

  it('survives an outage of the database', async () => {
    store.failure = new Error('gone')
    await startRelay()
    await new Promise((resolve) => setTimeout(resolve, 40))
    store.failure = undefined
    await until(allTold)
  })

  it('tells an event once whose acknowledgement was lost, under its own id', async () => {
    let lost = 0
    nats.disturb = (subject) => (subject.startsWith('registry.change.') && lost++ === 2 ? 'lose-ack' : 'pass')
    await startRelay()
    await until(allTold)
    expect(inOrder()).toEqual(expected())
    expect(new Set(nats.told.map(({ id }) => id)).size).toBe(store.rows.length)
  })

  it('stamps envelopes with the revision as the gap-free n', () => {
    const row = store.rows[0]
    if (!row) throw new Error('no rows')
    const envelope = changeEnvelope(row, 'test')
    expect(Value.Errors(Envelope, envelope)).toEqual([])
    expect(Value.Errors(RegistryChanged, envelope.data)).toEqual([])
    expect(envelope).toMatchObject({
      id: row.eventId,
      source: '/tillit/test/client-registry',
      producer: 'client-registry/outbox',
      epoch: 'outbox',
      stream: 'REGISTRY_CHANGES',
      n: row.revision,
    })
  })
})

describe('reconciler', () => {
  const reconciler = () => createReconciler({ outbox: store, bucket: registryBucket(nats, () => NOW), log })

  it('J05 puts what the relay believes to be put and the bucket does not hold', async () => {
    await store.revoke({ jti: 'j', exp: NOW / 1000 + 600, clientId: 'c' }, { actor: 'test' })
    await startRelay()
    await until(allTold)
    const at = nats.stored.findIndex(({ subject }) => subject === '$KV.registry.revoked.j')
    nats.stored.splice(at, 1)
    expect(await reconciler().turn()).toBe(1)
    expect(nats.lastOf('$KV.registry.revoked.j')).toBeDefined()
    expect(await reconciler().turn()).toBe(0)
  })

  it('fills a lost bucket again', async () => {
    await startRelay()
    await until(allTold)
    nats.stored.length = 0
    expect(await reconciler().turn()).toBe(store.rows.length)
    expect(nats.stored.map(({ subject }) => subject)).toContain(`$KV.registry.client.${world.client}`)
  })

  it('says so when the read model is ahead of the database', async () => {
    const errors: unknown[] = []
    const loud = { ...log, error: (fields: unknown) => errors.push(fields) } as unknown as typeof log
    await nats.publish(`$KV.registry.org.${world.main}`, '{"revision":1000}', { timeoutMs: 1 })
    const part = createReconciler({ outbox: store, bucket: registryBucket(nats, () => NOW), log: loud })
    await part.turn()
    await part.turn()
    expect(errors).toEqual([{ 'event.name': 'registry.bucket_ahead' }])
  })
})
