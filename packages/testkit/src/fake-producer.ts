import type { Envelope, EventType } from '@tillit/events'
import { eventTypes, streams } from '@tillit/events'
import { timeOfUuidV7 } from '@tillit/oauth'
import { uuid7 } from '@tillit/service-kit'
import type { Producer } from '@tillit/service-kit'

export interface FakeProducerOptions {
  /** `<service>/<instance>`; default `token/test-1`. */
  readonly name?: string
  readonly now?: () => number
}

export interface FakeProducer extends Producer {
  /** Everything that went to AUDIT_EVENTS, opened and closed records included, in order. */
  readonly sent: readonly Envelope[]
  /** What the code under test emitted. */
  emitted(): { type: EventType; data: unknown }[]
}

/** `Producer` that keeps what it is given, held to `producerContract` like the real one. It makes no heartbeats. */
export function fakeProducer({ name = 'token/test-1', now = Date.now }: FakeProducerOptions = {}): FakeProducer {
  const numbers = new Map<string, number>()
  const sent: Envelope[] = []
  const own = new Set<Envelope>()
  const epoch = uuid7(now())
  const envelope: Producer['envelope'] = ({ type, stream, data, id, traceparent }) => {
    const at = (id === undefined ? undefined : timeOfUuidV7(id)) ?? now()
    const n = (numbers.get(stream) ?? 0) + 1
    numbers.set(stream, n)
    return {
      specversion: '1.0',
      id: id ?? uuid7(at),
      source: `/tillit/test/${name.split('/')[0] ?? name}`,
      type,
      time: new Date(at).toISOString(),
      ...(traceparent === undefined ? {} : { traceparent }),
      producer: name,
      epoch,
      stream,
      n,
      data,
    }
  }
  const auditEvents = streams.auditEvents.name
  const tell = (type: EventType): Promise<void> => {
    const last = { ...Object.fromEntries(numbers), [auditEvents]: (numbers.get(auditEvents) ?? 0) + 1 }
    const record = envelope({ type, stream: auditEvents, data: { last } })
    own.add(record)
    sent.push(record)
    return Promise.resolve()
  }
  return {
    name,
    epoch,
    sent,
    envelope,
    start: () => tell(eventTypes.producerOpened),
    stop: () => tell(eventTypes.producerClosed),
    flush: () => Promise.resolve(),
    ready: () => true,
    emit: (type, data) => void sent.push(envelope({ type, stream: auditEvents, data })),
    last: () => Object.fromEntries(numbers),
    emitted: () =>
      sent.filter((record) => !own.has(record)).map(({ type, data }) => ({ type: type as EventType, data })),
  }
}
