import { setTimeout as sleep } from 'node:timers/promises'
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { asks, auditSubject, buckets } from '@tillit/events'
import { eventually, FaultProxy, type Entry } from '../../testkit/src/index.js'
import { NatsTimeout, NatsUnavailable, PublishUnknown } from './nats/errors.js'
import type { Nats } from './nats/types.js'
import { readModel } from './read-model/read-model.js'
import type { ReadModel } from './read-model/types.js'
import { RealNats } from './real-nats.fixture.js'

/** `Nats` and `ReadModel` behind a path that breaks (reliability.md, section 5: slow NATS, partition, watch broken). */
let real: RealNats
let proxy: FaultProxy
let token: Nats
let owner: Nats
let model: ReadModel<Entry>

const put = (key: string, revision: number): Promise<unknown> =>
  owner.publish(`$KV.registry.${key}`, JSON.stringify({ revision, name: key }), { timeoutMs: 2_000 })

beforeAll(async () => {
  real = await RealNats.start()
  const { hostname, port } = new URL(real.url)
  proxy = await FaultProxy.open({ host: hostname, port: Number(port) })
  owner = await real.connect('client-registry')
  token = await real.connect('token', `nats://127.0.0.1:${proxy.port}`)
  await put('client.kept', 1)
  await put('client.gone', 1)
  const decode = (_key: string, json: unknown): Entry => json as Entry
  model = readModel(token, buckets.registry, { capacity: 1_000, staleAfterMs: 2_000, decode, now: Date.now })
  await model.start?.()
}, 30_000)
afterEach(async () => {
  proxy.set({ kind: 'pass' })
  await eventually(() => expect(token.connected()).toBe(true), 15_000)
  await eventually(() => expect(model.fresh()).toBe(true), 15_000)
}, 30_000)
afterAll(async () => {
  await model.stop?.()
  await real.stop()
  await proxy.close()
})

describe('Nats behind a faulty path', () => {
  it('does not know what became of a publish whose acknowledgement was lost, and a repetition finds out', async () => {
    const options = { msgId: randomUUID(), timeoutMs: 2_000 }
    proxy.set({ kind: 'delay', ms: 400 })
    const first = token.publish(auditSubject('token'), '{}', { ...options, timeoutMs: 100 })
    await expect(first).rejects.toBeInstanceOf(PublishUnknown)
    await sleep(500)
    proxy.set({ kind: 'pass' })
    await expect(token.publish(auditSubject('token'), '{}', options)).resolves.toMatchObject({ duplicate: true })
  })

  it('a late answer is a timeout for the asker', async () => {
    const signer = await real.connect('signing-key')
    const slow = signer.answer(asks.recordAndSign, { limit: 'none', audit: 'none' }, async () => {
      await sleep(300)
      return 'late'
    })
    await slow.start?.()
    await expect(token.ask(asks.recordAndSign, '{}', { timeoutMs: 100 })).rejects.toBeInstanceOf(NatsTimeout)
    await slow.stop?.()
  })

  it('a cut connection ends what is in flight at once, refuses new work, and comes back by itself', async () => {
    proxy.set({ kind: 'delay', ms: 1_000 })
    const inFlight = token.publish(auditSubject('token'), '{}', { timeoutMs: 60_000 })
    proxy.set({ kind: 'reset' })
    await expect(inFlight).rejects.toBeInstanceOf(PublishUnknown)
    expect(token.connected()).toBe(false)
    expect(token.ready?.()).toBe('NATS is not connected')
    const refused = token.publish(auditSubject('token'), '{}', { timeoutMs: 1_000 })
    await expect(refused).rejects.toBeInstanceOf(NatsUnavailable)
    proxy.set({ kind: 'pass' })
    await eventually(() => expect(token.connected()).toBe(true))
    await expect(token.publish(auditSubject('token'), '{}', { timeoutMs: 2_000 })).resolves.toMatchObject({
      duplicate: false,
    })
  }, 20_000)
})

describe('ReadModel behind a faulty path', () => {
  it('is stale after its time without a word, still serves, and catches up with what it missed', async () => {
    proxy.set({ kind: 'blackhole' })
    await put('client.kept', 2)
    await owner.publish('$KV.registry.client.gone', '', { timeoutMs: 2_000, kvOperation: 'DEL' })
    await eventually(() => expect(model.fresh()).toBe(false), 5_000)
    expect(model.ready?.()).toBe('read model registry is stale')
    expect(model.peek('client.kept')?.revision).toBe(1)
    proxy.set({ kind: 'pass' })
    await eventually(() => expect(model.peek('client.kept')?.revision).toBe(2), 10_000)
    await eventually(() => expect(model.peek('client.gone')).toBeNull(), 10_000)
    await eventually(() => expect(model.fresh()).toBe(true), 10_000)
  }, 30_000)

  it('takes up the watch after a reconnect', async () => {
    proxy.set({ kind: 'reset' })
    await eventually(() => expect(token.connected()).toBe(false))
    await put('client.kept', 3)
    proxy.set({ kind: 'pass' })
    await eventually(() => expect(model.peek('client.kept')?.revision).toBe(3), 10_000)
  }, 20_000)

  it('forgets an entry whose time is up, though the bucket makes no marker', async () => {
    const told: (string | null)[] = []
    model.onChange((key, value) => {
      if (key === 'revoked.short') told.push(value?.name ?? null)
    })
    const body = JSON.stringify({ revision: 9, name: 'short' })
    await owner.publish('$KV.registry.revoked.short', body, { timeoutMs: 2_000, ttlSeconds: 1 })
    await eventually(() => expect(told).toEqual(['short']))
    await eventually(() => expect(model.peek('revoked.short')).toBeNull(), 14_000)
    expect(told).toEqual(['short', null])
  }, 20_000)
})
