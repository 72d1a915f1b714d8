import type { Envelope, EventType, ServiceName } from '@tillit/events'
import { auditSubject, eventTypes, streams } from '@tillit/events'
import { timeOfUuidV7 } from '@tillit/oauth'
import type { Logger } from '../log.js'
import type { Nats } from '../nats/types.js'
import { within } from '../resilience/sleep.js'
import { metrics } from '../telemetry/metrics.js'
import { SendQueue } from './send-queue.js'
import type { NewRecord, Producer } from './types.js'
import { uuid7 } from './uuid7.js'

const HEARTBEAT_MS = 5_000
const QUEUE_LIMIT = 10_000
/** Room that `emit` leaves for the producer's own records. */
const RESERVED = 16
const FLUSH_MS = 5_000
const CLOSE_MS = 2_000

export interface ProducerOptions {
  readonly nats: Pick<Nats, 'publish'>
  readonly service: ServiceName
  readonly instance: string
  readonly environment: string
  readonly log: Logger
  /** Epoch milliseconds. */
  readonly now: () => number
  readonly uuid7?: (now: number) => string
}

/** One epoch of one process: it ends with the process, and a restart opens another. */
export function createProducer(options: ProducerOptions): Producer {
  return new EpochProducer(options)
}

class EpochProducer implements Producer {
  readonly name: string
  readonly epoch: string
  readonly #options: ProducerOptions
  readonly #source: string
  readonly #numbers = new Map<string, number>()
  readonly #queue: SendQueue
  readonly #dropped = metrics.counter('tillit.audit.dropped', { unit: '{event}', description: 'Events without room' })
  #heartbeat: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: ProducerOptions) {
    this.#options = options
    this.name = `${options.service}/${options.instance}`
    this.epoch = this.#newId(options.now())
    this.#source = `/tillit/${options.environment}/${options.service}`
    this.#queue = new SendQueue({ nats: options.nats, subject: auditSubject(options.service), log: options.log })
  }

  start(): Promise<void> {
    if (this.#heartbeat) return Promise.resolve()
    this.#own(eventTypes.producerOpened)
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS)
    metrics.gauge('tillit.audit.outbox.pending', {
      unit: '{event}',
      description: 'Events that wait for an acknowledgement',
      read: () => this.#queue.size,
    })
    metrics.gauge('tillit.audit.outbox.oldest_age', {
      unit: 's',
      description: 'Age of the oldest event that waits',
      read: () => Math.max(0, this.#options.now() - (this.#queue.oldest ?? this.#options.now())) / 1_000,
    })
    return Promise.resolve()
  }

  ready(): true | string {
    return this.#queue.size < QUEUE_LIMIT - RESERVED || 'audit events wait for NATS'
  }

  async flush(): Promise<void> {
    await within(FLUSH_MS, this.#queue.empty())
  }

  async stop(): Promise<void> {
    clearInterval(this.#heartbeat)
    if (!this.#closed && this.#heartbeat) this.#own(eventTypes.producerClosed)
    this.#closed = true
    await within(CLOSE_MS, this.#queue.empty())
    this.#queue.stop()
  }

  envelope({ type, stream, data, id, traceparent }: NewRecord): Envelope {
    const now = (id === undefined ? undefined : timeOfUuidV7(id)) ?? this.#options.now()
    const n = (this.#numbers.get(stream) ?? 0) + 1
    this.#numbers.set(stream, n)
    return {
      specversion: '1.0',
      id: id ?? this.#newId(now),
      source: this.#source,
      type,
      time: new Date(now).toISOString(),
      ...(traceparent === undefined ? {} : { traceparent }),
      producer: this.name,
      epoch: this.epoch,
      stream,
      n,
      data,
    }
  }

  emit(type: EventType, data: unknown): void {
    if (this.#closed || this.#queue.size >= QUEUE_LIMIT - RESERVED) this.#dropped.add(1)
    else this.#send(type, data)
  }

  last(): Record<string, number> {
    return Object.fromEntries(this.#numbers)
  }

  #newId(now: number): string {
    return (this.#options.uuid7 ?? uuid7)(now)
  }

  #beat(): void {
    if (this.#queue.size < QUEUE_LIMIT) this.#own(eventTypes.producerHeartbeat)
  }

  /** A record about the producer itself. Its `last` includes its own place. */
  #own(type: EventType): void {
    const stream = streams.auditEvents.name
    this.#send(type, { last: { ...this.last(), [stream]: (this.#numbers.get(stream) ?? 0) + 1 } })
  }

  #send(type: EventType, data: unknown): void {
    const envelope = this.envelope({ type, stream: streams.auditEvents.name, data })
    this.#queue.push({ id: envelope.id, body: JSON.stringify(envelope), queuedAt: this.#options.now() })
  }
}
