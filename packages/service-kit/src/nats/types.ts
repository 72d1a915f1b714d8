import type { MsgHdrs, NatsConnection } from '@nats-io/nats-core'
import type { Ask } from '@tillit/events'
import type { Part } from '../lifecycle/part.js'
import type { Logger } from '../log.js'

export interface AskOptions {
  /** Milliseconds until `NatsTimeout`. */
  readonly timeoutMs: number
  /** W3C trace context of the request; the current span's where absent. */
  readonly traceparent?: string
}

/** What an answered subject declares about itself (style.md, rule 10). */
export interface AnswerAccess {
  readonly limit: string
  readonly audit: string
}

export interface AnswerOptions extends AnswerAccess {
  /** Handlers that run at once (default 64), and requests that wait (default 1024); beyond that a request is dropped. */
  readonly concurrency?: number
  readonly queue?: number
}

/** `caller` is the last token of the request subject: the server's permissions vouch for it. */
export type AnswerHandler = (caller: string, payload: Uint8Array, traceparent?: string) => Promise<Uint8Array | string>

export interface JetStreamPublishOptions {
  /** Milliseconds until `PublishUnknown`. */
  readonly timeoutMs: number
  /** `Nats-Msg-Id`: single use within the stream's duplicate window. */
  readonly msgId?: string
  /** `Nats-TTL` in seconds; the stream must allow message TTLs. */
  readonly ttlSeconds?: number
  /** Compare-and-set: the subject's last sequence, 0 for "no message yet". A mismatch is `PublishRefused(10071)`. */
  readonly expectLastSubjectSequence?: number
  readonly contentType?: string
  /** Marks a key of a bucket as deleted; `PURGE` also drops its older values. */
  readonly kvOperation?: 'DEL' | 'PURGE'
}

export interface PublishAck {
  /** The message id was used before within the duplicate window: this message was not stored. */
  readonly duplicate: boolean
  /** Sequence of the stored message, or of the first bearer of the id where the server tells it. */
  readonly seq: number
  readonly stream: string
}

export interface DrainOptions {
  readonly stream: string
  /** Made by the deploy identity; a service cannot create or change it. */
  readonly durable: string
  /** Messages a pull; one handler call gets at most so many. */
  readonly batch: number
  /** How long a pull waits for messages, in milliseconds. */
  readonly maxWaitMs: number
}

export interface DrainedMessage {
  readonly subject: string
  readonly data: Uint8Array
  /** Stream sequence. */
  readonly seq: number
  /** When the broker stored it, epoch milliseconds. */
  readonly timestampMs: number
  readonly redelivered: boolean
}

/** What the last pull told: how far behind the reader is. */
export interface DrainState {
  /** Messages in the stream after the last one read; undefined before the first pull. */
  pending(): number | undefined
  /** Sequence of the last handled message; 0 before the first. */
  lastSeq(): number
  /** When the last pull was answered, epoch milliseconds (an empty answer counts); 0 before the first. */
  lastReadMs(): number
}

export interface Nats extends Part {
  readonly identity: string
  connected(): boolean
  /** Sends a request as this connection's identity. Throws `NatsUnavailable` or `NatsTimeout`. */
  ask(ask: Ask, payload: Uint8Array | string, options: AskOptions): Promise<Uint8Array>
  /** Subscribes in the ask's queue group when started, drains when stopped. A handler that throws sends no reply. */
  answer(ask: Ask, access: AnswerOptions, handler: AnswerHandler): Part
  /** JetStream publish. Throws `PublishUnknown`, `PublishRefused` or, where nothing was sent, `NatsUnavailable`. */
  publish(subject: string, payload: Uint8Array | string, options: JetStreamPublishOptions): Promise<PublishAck>
  /** Pulls from a durable; messages are acknowledged when the handler resolves, and come again when it throws. */
  drainStream(options: DrainOptions, handler: (messages: DrainedMessage[]) => Promise<void>): Part & DrainState
  /** For the read model only: it speaks the JetStream API itself. */
  readonly raw: RawNats
}

/** The few verbs under the read model. */
export interface RawNats {
  readonly log: Logger
  /** The live connection; throws `NatsUnavailable` before the first connect. */
  connection(): NatsConnection
  /** Request on any subject through the shared inbox. Throws `NatsUnavailable` or `NatsTimeout`. */
  request(subject: string, payload: Uint8Array | string, timeoutMs: number): Promise<RawReply>
  /** A fresh subject under this identity's private inbox, outside the reply multiplexer. */
  inbox(): string
  /** Calls `listener` at each disconnect (`false`) and reconnect (`true`). Returns how to stop. */
  onConnection(listener: (connected: boolean) => void): () => void
}

export interface RawReply {
  readonly subject: string
  readonly data: Uint8Array
  readonly headers?: MsgHdrs
}
