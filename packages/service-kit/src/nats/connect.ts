import type { Ask, ServiceName } from '@tillit/events'
import { askSubject } from '@tillit/events'
import { answerPart } from './answer.js'
import { Connection, type ConnectOptions } from './connection.js'
import { drainPart } from './drain.js'
import { NatsTimeout, PublishUnknown } from './errors.js'
import { recordOperation } from './nats-metrics.js'
import { readPublishAck } from './publish-ack.js'
import { ReplyInbox } from './reply-inbox.js'
import { ThinHeaders } from './thin-headers.js'
import { activeTraceparent } from '../telemetry/trace.js'
import type { AskOptions, JetStreamPublishOptions, Nats, PublishAck, RawReply } from './types.js'

const lateAnswer = (): Error => new NatsTimeout('No answer over NATS in time')
const lateAck = (): Error => new PublishUnknown('No acknowledgement in time: the message may or may not be stored')

/** Returns at once; the connection is made by `start()` and kept for ever after. */
export function connectNats(options: ConnectOptions): Nats {
  const { identity, log } = options
  const connection = new Connection(options)
  const inbox = new ReplyInbox(connection)

  const ask = async (what: Ask, payload: Uint8Array | string, { timeoutMs, traceparent }: AskOptions) => {
    const started = performance.now()
    const subject = askSubject(what, identity as ServiceName)
    const trace = traceparent ?? activeTraceparent()
    const headers = trace ? new ThinHeaders().add('traceparent', trace) : undefined
    try {
      const reply = await inbox.request({ subject, payload, headers, timeoutMs, late: lateAnswer })
      return reply.data
    } finally {
      recordOperation('request', what.prefix, started)
    }
  }

  const publish = async (subject: string, payload: Uint8Array | string, given: JetStreamPublishOptions) => {
    const started = performance.now()
    const { timeoutMs } = given
    try {
      const request = { subject, payload, headers: headersOf(given), timeoutMs, late: lateAck, keepNoResponders: true }
      return readPublishAck(await inbox.request(request)) satisfies PublishAck
    } finally {
      recordOperation('publish', subject, started)
    }
  }

  const nats: Nats = {
    name: 'nats',
    identity,
    connected: () => connection.up,
    start: async () => {
      await connection.open()
      inbox.open()
    },
    ready: () => connection.up || 'NATS is not connected',
    stop: () => connection.close(),
    ask,
    publish,
    answer: (what, access, handler) => answerPart({ connection, log, ask: what, access, handler }),
    drainStream: (drain, handler) => drainPart({ connection, log, drain, handler }),
    raw: {
      log,
      connection: () => connection.get(),
      inbox: () => connection.inbox(),
      onConnection: (listener) => connection.onChange(listener),
      request: async (subject, payload, timeoutMs): Promise<RawReply> =>
        inbox.request({ subject, payload, headers: undefined, timeoutMs, late: lateAnswer }),
    },
  }
  return nats
}

function headersOf(options: JetStreamPublishOptions): ThinHeaders | undefined {
  const { msgId, ttlSeconds, expectLastSubjectSequence, contentType, kvOperation } = options
  const headers = new ThinHeaders()
  if (msgId !== undefined) headers.add('Nats-Msg-Id', msgId)
  if (ttlSeconds !== undefined) headers.add('Nats-TTL', `${ttlSeconds}s`)
  if (expectLastSubjectSequence !== undefined)
    headers.add('Nats-Expected-Last-Subject-Sequence', `${expectLastSubjectSequence}`)
  if (contentType !== undefined) headers.add('Content-Type', contentType)
  if (kvOperation !== undefined) headers.add('KV-Operation', kvOperation)
  if (kvOperation === 'PURGE') headers.add('Nats-Rollup', 'sub')
  return headers.empty ? undefined : headers
}
