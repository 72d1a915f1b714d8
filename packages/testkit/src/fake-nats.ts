import type { Ask, Identity } from '@tillit/events'
import { NatsTimeout, NatsUnavailable } from '@tillit/service-kit'
import type { AnswerHandler, Nats, PublishAck } from '@tillit/service-kit'
import { FakeBroker } from './fake-broker.js'
import { fakeDrain } from './fake-drain.js'

export interface FakeNatsOptions {
  /** Default `token`. */
  readonly identity?: Identity
  /** Share one between identities that talk to each other. */
  readonly broker?: FakeBroker
}

export interface FakeNats extends Nats {
  readonly broker: FakeBroker
  /** Cuts or restores this connection. */
  setConnected(connected: boolean): void
}

/** `Nats` in memory, held to `natsContract` like the real one. The read model's raw verbs are not there: use `fakeReadModel`. */
export function fakeNats({ identity = 'token', broker = new FakeBroker() }: FakeNatsOptions = {}): FakeNats {
  let up = false
  const required = (): void => {
    if (!up) throw new NatsUnavailable('NATS is not connected')
  }
  return {
    name: 'nats',
    identity,
    broker,
    raw: noRaw,
    setConnected: (connected) => {
      up = connected
    },
    connected: () => up,
    start: () => {
      up = true
      return Promise.resolve()
    },
    ready: () => up || 'NATS is not connected',
    stop: () => {
      up = false
      return Promise.resolve()
    },
    ask: async (ask, payload, { traceparent }) => {
      await Promise.resolve()
      required()
      return answerOf(broker.answers.get(ask.prefix), { identity, payload, traceparent })
    },
    answer: (ask, access, handler) => {
      if (access.limit === '' || access.audit === '') throw new TypeError('limit and audit must be stated')
      return answering(broker, ask, handler)
    },
    publish: async (subject, payload, options): Promise<PublishAck> => {
      await Promise.resolve()
      required()
      const stream = broker.streams.find((candidate) => candidate.takes(subject))
      if (!stream) throw new NatsUnavailable('No stream takes this subject')
      const fault = broker.fault?.(subject)
      if (fault && !fault.stored) throw fault.error
      const ack = stream.store(subject, bytes(payload), options)
      if (fault) throw fault.error
      return ack
    },
    drainStream: (drain, handler) =>
      fakeDrain({ stream: broker.stream(drain.stream), drain, now: broker.now, handler }),
  }
}

const bytes = (payload: Uint8Array | string): Uint8Array => Uint8Array.from(Buffer.from(payload as Uint8Array))

interface Question {
  readonly identity: string
  readonly payload: Uint8Array | string
  readonly traceparent: string | undefined
}

/** A handler that throws sends no reply; here the asker need not sit out the timeout. */
async function answerOf(handler: AnswerHandler | undefined, question: Question): Promise<Uint8Array> {
  if (!handler) throw new NatsUnavailable('Nobody answers this subject')
  try {
    return bytes(await handler(question.identity, bytes(question.payload), question.traceparent))
  } catch (cause) {
    throw new NatsTimeout('No answer over NATS in time', { cause })
  }
}

function answering(broker: FakeBroker, ask: Ask, handler: AnswerHandler): ReturnType<Nats['answer']> {
  return {
    name: `answer ${ask.prefix}`,
    start: () => {
      broker.answers.set(ask.prefix, handler)
      return Promise.resolve()
    },
    stop: () => {
      broker.answers.delete(ask.prefix)
      return Promise.resolve()
    },
  }
}

const absent = (): never => {
  throw new Error('The fake has no raw connection: use fakeReadModel')
}
const noRaw: Nats['raw'] = {
  get log(): never {
    return absent()
  },
  connection: absent,
  request: absent,
  inbox: absent,
  onConnection: absent,
}
