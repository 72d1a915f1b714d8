import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { auditSubject, eventTypes, issuanceSubject, partitionsKey } from '@tillit/events'
import type { PartitionsEntry } from '@tillit/events'
import { createLogger, uuid7 } from '@tillit/service-kit'
import { FakeBroker, fakeNats, fakeReadModel } from '@tillit/testkit'
import { fakeStore } from '../store/store.fake.js'
import { logAlarms } from './alarms.js'
import { drainAll } from './drains.js'
import { messageHandler } from './handle-messages.js'
import { sweepOnce } from './sweeper.js'

const map = (partitions: number, generation = 1): PartitionsEntry => ({ generation, partitions, issueFrom: 0 })

function setUp(entries: Record<string, PartitionsEntry> = { [partitionsKey]: map(2) }) {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  const log = createLogger({ service: 'audit', instance: 'a', level: 'info', environment: 'test', destination })
  const broker = new FakeBroker()
  const store = fakeStore()
  const alarms = logAlarms(log)
  const partitions = fakeReadModel<PartitionsEntry>(entries)
  const replica = () => {
    const handle = messageHandler({ store: store.events, alarms, refusesData: store.refusesData, now: Date.now })
    return drainAll({ nats: fakeNats({ identity: 'audit', broker }), partitions, handle, batch: 10, log })
  }
  let n = 0
  const signer = fakeNats({ identity: 'signing-key', broker })
  const publish = async (subject: string, given: object = {}) => {
    await signer.start?.()
    n += 1
    const id = uuid7(Date.now())
    const place = { producer: 'signing-key/a', epoch: 'e', stream: 'ISSUANCE_0', n }
    const envelope = { specversion: '1.0', id, source: '/s', time: new Date().toISOString(), ...place, data: {} }
    const body = JSON.stringify({ ...envelope, type: eventTypes.keyChanged, ...given })
    await signer.publish(subject, body, { timeoutMs: 100, msgId: id })
  }
  return { lines, broker, store, partitions, alarms, replica, publish }
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 2_000 && !condition(); i += 1) await turn()
  expect(condition()).toBe(true)
}

describe('drainAll', () => {
  it('drains every stream, and joins partitions when the map grows', async () => {
    const { store, partitions, replica, publish } = setUp()
    const drains = replica()
    await drains.start?.()
    await publish(issuanceSubject(0))
    await publish(issuanceSubject(1))
    await publish(auditSubject('signing-key'))
    await until(() => store.records.length === 3)
    expect(drains.lags().map(({ stream }) => stream)).toEqual([
      'AUDIT_EVENTS',
      'REGISTRY_CHANGES',
      'ISSUANCE_0',
      'ISSUANCE_1',
    ])
    partitions.put(partitionsKey, map(3, 2))
    await until(() => drains.lags().length === 5)
    await publish(issuanceSubject(2))
    await until(() => store.records.length === 4)
    await drains.stop?.()
  })

  it('does not start without a partition map, and says what to do', async () => {
    const drains = setUp({}).replica()
    await expect(drains.start?.()).rejects.toThrow(/run the provisioning/)
    await drains.stop?.()
  })

  it('loses nothing while the database is away', async () => {
    const { store, replica, publish } = setUp()
    store.setAway(true)
    const drains = replica()
    await drains.start?.()
    for (let i = 0; i < 25; i += 1) await publish(issuanceSubject(0))
    await turn()
    expect(store.records).toHaveLength(0)
    store.setAway(false)
    await until(() => store.records.length === 25)
    await drains.stop?.()
  })

  it('a message that is no record neither blocks the stream nor gets lost', async () => {
    const { store, lines, replica, publish } = setUp()
    const drains = replica()
    await drains.start?.()
    await publish(issuanceSubject(0), { n: 'x', producer: 'signing-key/\r\n\u001b[31m"forged":1' })
    await publish(issuanceSubject(0))
    await until(() => store.records.length === 1)
    expect(store.malformed).toHaveLength(1)
    const alarm = lines.filter((line) => line.includes('audit.malformed'))
    expect(alarm).toHaveLength(1)
    expect(JSON.parse(alarm[0] ?? '')).toMatchObject({ severity: 'ERROR', reason: 'not an envelope', seq: 1 })
    await drains.stop?.()
  })

  it('two replicas side by side keep each record once, and raise no conflict', async () => {
    const { store, lines, replica, publish } = setUp()
    const both = [replica(), replica()]
    for (const drains of both) await drains.start?.()
    for (let i = 0; i < 30; i += 1) await publish(issuanceSubject(i % 2), { stream: `ISSUANCE_${i % 2}` })
    await until(() => both.every((drains) => drains.lags().every(({ pending }) => pending === 0)))
    expect(store.records).toHaveLength(30)
    expect(lines.join()).not.toContain('audit.conflict')
    for (const drains of both) await drains.stop?.()
  })

  it('says that a stream is read up to now only when all of it is committed', async () => {
    const { store, replica, publish } = setUp()
    const drains = replica()
    await drains.start?.()
    await publish(issuanceSubject(0))
    await until(() => store.records.length === 1)
    await until(() => drains.observed().some(({ stream }) => stream === 'ISSUANCE_0'))
    store.setAway(true)
    const before = drains.observed().find(({ stream }) => stream === 'ISSUANCE_0')?.untilMs ?? 0
    await publish(issuanceSubject(0))
    for (let i = 0; i < 20; i += 1) await turn()
    expect(drains.observed().find(({ stream }) => stream === 'ISSUANCE_0')?.untilMs ?? 0).toBeLessThanOrEqual(before)
    await drains.stop?.()
  })
})

describe('sweepOnce', () => {
  it('raises an alarm for a hole as one line, in a log that no producer can break (I07)', async () => {
    const { lines, store, alarms, replica, publish } = setUp()
    const drains = replica()
    await drains.start?.()
    const producer = 'signing-key/\r\nforged\u202e'
    await publish(issuanceSubject(0), { producer, n: 1 })
    await publish(issuanceSubject(0), { producer, n: 3 })
    await until(() => store.records.length === 2)
    let now = Date.now()
    const observing = { lags: drains.lags, observed: () => [{ stream: 'ISSUANCE_0', untilMs: now }] }
    const options = { gaps: store.gaps, drains: observing, alarms, gapAfterMs: 60_000, silentAfterMs: 60_000 }
    for (let i = 0; i < 8; i += 1, now += 10_000) await sweepOnce({ ...options, now: () => now })
    const raised = lines.filter((line) => line.includes('"audit.gap"'))
    expect(raised).toHaveLength(1)
    expect(raised[0]?.trim()).not.toMatch(/[\r\n\u202e]/)
    expect(JSON.parse(raised[0] ?? '')).toMatchObject({ kind: 'missing', stream: 'ISSUANCE_0', from: 2, to: 2 })
    await drains.stop?.()
  })
})
