import type { Logger } from '../log.js'
import type { Nats } from '../nats/types.js'
import { sleep } from '../resilience/sleep.js'
import { delayOf } from '../resilience/with-retry.js'

const IN_FLIGHT = 32
const ACK_TIMEOUT_MS = 5_000
const BACKOFF = { firstDelayMs: 100, maxDelayMs: 5_000 }

export interface QueuedRecord {
  readonly id: string
  readonly body: string
  /** Epoch milliseconds. */
  readonly queuedAt: number
}

export interface SendQueueOptions {
  readonly nats: Pick<Nats, 'publish'>
  readonly subject: string
  readonly log: Logger
}

/** Publishes records until each is acknowledged, a bounded number at once. The id makes a repetition harmless. */
export class SendQueue {
  readonly #options: SendQueueOptions
  readonly #waiting: QueuedRecord[] = []
  readonly #flying = new Set<QueuedRecord>()
  #onEmpty: (() => void)[] = []
  #stopped = false
  #failing = false

  constructor(options: SendQueueOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#waiting.length + this.#flying.size
  }

  /** When the oldest record that is not yet acknowledged was queued. */
  get oldest(): number | undefined {
    const [flying] = this.#flying
    return flying?.queuedAt ?? this.#waiting[0]?.queuedAt
  }

  push(record: QueuedRecord): void {
    this.#waiting.push(record)
    this.#pump()
  }

  /** Resolves when everything is acknowledged. */
  empty(): Promise<void> {
    return this.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#onEmpty.push(resolve))
  }

  /** Ends the repetitions. */
  stop(): void {
    this.#stopped = true
  }

  #pump(): void {
    while (this.#flying.size < IN_FLIGHT) {
      const record = this.#waiting.shift()
      if (!record) break
      this.#flying.add(record)
      void this.#send(record)
    }
    if (this.size === 0) for (const resolve of this.#onEmpty.splice(0)) resolve()
  }

  async #send(record: QueuedRecord): Promise<void> {
    for (let attempt = 0; !this.#stopped; attempt += 1) {
      try {
        await this.#options.nats.publish(this.#options.subject, record.body, {
          msgId: record.id,
          timeoutMs: ACK_TIMEOUT_MS,
          contentType: 'application/cloudevents+json',
        })
        this.#recovered()
        break
      } catch (err) {
        this.#failed(err)
        await sleep(delayOf(attempt, BACKOFF))
      }
    }
    this.#flying.delete(record)
    this.#pump()
  }

  /** One line when it begins to fail and one when it works again. */
  #failed(err: unknown): void {
    if (this.#failing) return
    this.#failing = true
    this.#options.log.warn({ 'event.name': 'events.send_failed', err }, 'Events wait for NATS')
  }

  #recovered(): void {
    if (!this.#failing) return
    this.#failing = false
    this.#options.log.info({ 'event.name': 'events.send_recovered', waiting: this.size }, 'Events are sent again')
  }
}
