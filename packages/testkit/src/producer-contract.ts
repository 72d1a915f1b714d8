import type { Envelope } from '@tillit/events'
import { eventTypes, streams } from '@tillit/events'
import { timeOfUuidV7 } from '@tillit/oauth'
import { uuid7, type Producer } from '@tillit/service-kit'
import { eventually, type TestApi } from './contract.js'

export interface ProducerHarness {
  readonly producer: Producer
  /** What reached AUDIT_EVENTS, in the order of `n`. */
  readonly sent: () => readonly Envelope[]
}

/** What `Producer` promises, for the fake and for the real one. */
export function producerContract({ describe, it, expect }: TestApi, harness: () => ProducerHarness): void {
  const auditEvents = streams.auditEvents.name

  describe('Producer', () => {
    it('counts each stream from 1 without gaps', () => {
      const { producer } = harness()
      const take = (stream: string): number => producer.envelope({ type: eventTypes.tokenIntent, stream, data: {} }).n
      expect([take('ISSUANCE_0'), take('ISSUANCE_0'), take('ISSUANCE_1'), take('ISSUANCE_0')]).toEqual([1, 2, 1, 3])
      expect(producer.last()).toMatchObject({ ISSUANCE_0: 3, ISSUANCE_1: 1 })
    })

    it('a given id fixes the time of the record', () => {
      const { producer } = harness()
      const id = uuid7(Date.UTC(2026, 1, 3))
      const record = producer.envelope({ type: eventTypes.tokenIntent, stream: 'ISSUANCE_0', data: {}, id })
      expect(record).toMatchObject({ id, time: '2026-02-03T00:00:00.000Z', epoch: producer.epoch })
      const own = producer.envelope({ type: eventTypes.tokenIntent, stream: 'ISSUANCE_0', data: {} })
      expect(timeOfUuidV7(own.id)).toBe(Date.parse(own.time))
    })

    it('opens its epoch, sends what is emitted, and closes it last', async () => {
      const { producer, sent } = harness()
      await producer.start?.()
      producer.emit(eventTypes.auditRead, { about: 'a test' })
      await producer.flush?.()
      await producer.stop?.()
      await eventually(() => expect(sent()).toHaveLength(3))
      expect(sent().map(({ type }) => type)).toEqual([
        eventTypes.producerOpened,
        eventTypes.auditRead,
        eventTypes.producerClosed,
      ])
      expect(sent().map(({ n, stream, producer: name }) => [n, stream, name])).toEqual(
        [1, 2, 3].map((n) => [n, auditEvents, producer.name]),
      )
      expect(sent().at(-1)?.data).toMatchObject({ last: { [auditEvents]: 3 } })
    })
  })
}
