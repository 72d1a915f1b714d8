import { beforeEach, describe, expect, it } from '@jest/globals'
import type { Snapshot } from '../domain/outbox.js'
import { registryBucket } from './bucket.js'
import { FakeNats } from './nats.fake.js'

const NOW = 1_800_000_000_000
const KEY = '$KV.registry.delegation.1.2'
const at = (revision: number): Snapshot => ({
  kind: 'delegation',
  subject: ['1', '2'],
  revision,
  value: { supplier: '1', delegator: '2', status: 'active' },
})
let nats: FakeNats
const bucket = () => registryBucket(nats, () => NOW)
beforeEach(() => {
  nats = new FakeNats()
})
const held = (): unknown => JSON.parse(nats.lastOf(KEY)?.text ?? 'null')

describe('registry bucket', () => {
  it('puts what is newer and leaves what is held', async () => {
    expect((await bucket().putIfNewer(at(1))).put).toBe(true)
    expect((await bucket().putIfNewer(at(2))).put).toBe(true)
    expect((await bucket().putIfNewer(at(2))).put).toBe(false)
    expect((await bucket().putIfNewer(at(1))).put).toBe(false)
    expect(held()).toMatchObject({ revision: 2 })
    expect(await bucket().last(at(1))).toEqual({ seq: 2, revision: 2 })
  })

  it('a late put of an old revision never stands after a newer one', async () => {
    await bucket().putIfNewer(at(5))
    const stale = { seq: 0, revision: 0 }
    expect((await bucket().putIfNewer(at(4), stale)).put).toBe(false)
    expect(held()).toMatchObject({ revision: 5 })
    expect((await bucket().putIfNewer(at(6), stale)).put).toBe(true)
  })

  it('a put whose acknowledgement was lost counts when it is tried again', async () => {
    nats.disturb = () => 'lose-ack'
    await expect(bucket().putIfNewer(at(1))).rejects.toThrow('no acknowledgement')
    nats.disturb = undefined
    expect((await bucket().putIfNewer(at(1), { seq: 0, revision: 0 })).put).toBe(false)
    expect(nats.stored).toHaveLength(1)
  })

  it('J05 bears no message id that another could use first', async () => {
    await bucket().putIfNewer(at(1))
    expect(nats.stored[0]?.options.msgId).toBeUndefined()
  })

  it('writes over a removed or unreadable value', async () => {
    await nats.publish(KEY, '', { timeoutMs: 1 })
    expect((await bucket().putIfNewer(at(1))).put).toBe(true)
    await nats.publish(KEY, 'not json', { timeoutMs: 1 })
    expect((await bucket().putIfNewer(at(1))).put).toBe(true)
  })

  it('gives a revocation its time to live, and drops one whose time is over', async () => {
    const revoked = (exp: number): Snapshot => ({
      kind: 'revoked',
      subject: ['j'],
      revision: 1,
      value: { jti: 'j', exp, clientId: 'c' },
    })
    expect((await bucket().putIfNewer(revoked(NOW / 1000 - 61))).put).toBe(false)
    expect((await bucket().putIfNewer(revoked(NOW / 1000 + 30))).put).toBe(true)
    expect(nats.stored.at(-1)?.options.ttlSeconds).toBe(90)
  })

  it('says that it cannot know when NATS is gone', async () => {
    nats.down = true
    await expect(bucket().putIfNewer(at(1))).rejects.toThrow('down')
  })
})
