import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { eventTypes, type Envelope } from '@tillit/events'
import { FakeBroker, fakeClock, fakeNats, producerContract, type FakeNats } from '../../../testkit/src/index.js'
import { createLogger } from '../log.js'
import { PublishUnknown } from '../nats/errors.js'
import { createProducer } from './producer.js'
import type { Producer } from './types.js'

const log = createLogger({ service: 'token', instance: 'test', level: 'silent', environment: 'test' })

interface Setup {
  readonly nats: FakeNats
  readonly producer: Producer
  readonly sent: () => Envelope[]
}
function setup(now: () => number = Date.now): Setup {
  const nats = fakeNats({ broker: new FakeBroker(now) })
  void nats.start?.()
  const producer = createProducer({ nats, service: 'token', instance: 'test-1', environment: 'test', log, now })
  const sent = (): Envelope[] =>
    nats.broker
      .stream('AUDIT_EVENTS')
      .messages.map(({ data }) => JSON.parse(Buffer.from(data).toString('utf8')) as Envelope)
      .sort((a, b) => a.n - b.n)
  return { nats, producer, sent }
}

producerContract({ describe, it, expect }, () => setup())

describe('createProducer', () => {
  beforeEach(() => void jest.useFakeTimers())
  afterEach(() => void jest.useRealTimers())

  it('beats every 5 s with the last n of each stream', async () => {
    const { producer, sent } = setup(fakeClock().now)
    await producer.start?.()
    producer.envelope({ type: eventTypes.tokenIntent, stream: 'ISSUANCE_2', data: {} })
    await jest.advanceTimersByTimeAsync(10_100)
    expect(sent().map(({ type }) => type)).toEqual([
      eventTypes.producerOpened,
      eventTypes.producerHeartbeat,
      eventTypes.producerHeartbeat,
    ])
    expect(sent()[2]?.data).toEqual({ last: { AUDIT_EVENTS: 3, ISSUANCE_2: 1 } })
    const stopped = producer.stop?.()
    await jest.advanceTimersByTimeAsync(5_000)
    await stopped
  })

  it('repeats an event under its id until it is acknowledged, once stored', async () => {
    const { nats, producer, sent } = setup(fakeClock().now)
    let faults = 3
    nats.broker.fault = () => (faults-- > 0 ? { error: new PublishUnknown('lost'), stored: faults === 1 } : undefined)
    producer.emit(eventTypes.auditRead, { about: 'x' })
    await jest.advanceTimersByTimeAsync(30_000)
    expect(faults).toBeLessThan(0)
    expect(sent().map(({ n }) => n)).toEqual([1])
    expect(nats.broker.stream('AUDIT_EVENTS').messages[0]?.options).toMatchObject({
      msgId: sent()[0]?.id,
      contentType: 'application/cloudevents+json',
    })
  })

  it('drops what has no room before it takes a place: no gap arises', async () => {
    const { nats, producer, sent } = setup(fakeClock().now)
    nats.setConnected(false)
    for (let count = 0; count < 10_500; count += 1) producer.emit(eventTypes.auditRead, {})
    expect(producer.ready?.()).toBe('audit events wait for NATS')
    nats.setConnected(true)
    await jest.advanceTimersByTimeAsync(60_000)
    expect(producer.ready?.()).toBe(true)
    expect(sent()).toHaveLength(10_000 - 16)
    expect(sent().at(-1)?.n).toBe(sent().length)
  })
})
