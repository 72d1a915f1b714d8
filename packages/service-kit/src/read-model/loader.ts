import { LRUCache } from 'lru-cache'
import { NatsUnavailable } from '../nats/errors.js'
import { sleep } from '../resilience/sleep.js'
import { TokenBucket } from '../resilience/token-bucket.js'
import type { BucketApi } from './bucket-api.js'
import { expiryOf, isRemoval, type BucketMessage } from './bucket-message.js'

const REMEMBERED_UPDATES = 8_192
const ATTEMPTS = 4
const BETWEEN_ATTEMPTS_MS = 25
/** Keys that a bucket takes; anything else cannot exist. */
const KEY = /^[-/_=.A-Za-z0-9]{1,1024}$/

export interface LoaderOptions {
  readonly api: BucketApi
  readonly loadsPerSecond: number
  readonly now: () => number
  /** Sequence of the last message that the watch brought. */
  readonly watchedSeq: () => number
}

/** Loads on a miss: one at a time per key, rate-limited, and never older than what the watch has shown. */
export class Loader {
  readonly #options: LoaderOptions
  readonly #limit: TokenBucket
  readonly #running = new Map<string, Promise<BucketMessage>>()
  /** Updates that the watch brought for keys that are not held: a lagging replica could answer with an older value. */
  readonly #seen = new LRUCache<string, number>({ max: REMEMBERED_UPDATES })

  constructor(options: LoaderOptions) {
    this.#options = options
    const { loadsPerSecond, now } = options
    this.#limit = new TokenBucket({ perSecond: loadsPerSecond, burst: loadsPerSecond, capacity: 1, now })
  }

  isLoading(key: string): boolean {
    return this.#running.has(key)
  }

  /** The watch brought an update of a key that is not held. */
  note(key: string, seq: number): void {
    this.#seen.set(key, seq)
  }

  /** Throws `NatsUnavailable` when the value cannot be known. */
  load(key: string): Promise<BucketMessage> {
    const running = this.#running.get(key)
    if (running) return running
    if (!KEY.test(key)) return Promise.resolve({ key, seq: 0, data: undefined })
    if (this.#limit.take('all') > 0) return Promise.reject(new NatsUnavailable('Too many loads of the read model'))
    const started = this.#loadCurrent(key).finally(() => this.#running.delete(key))
    this.#running.set(key, started)
    return started
  }

  async #loadCurrent(key: string): Promise<BucketMessage> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const message = await this.#loadOnce(key)
      if (message.seq >= (this.#seen.get(key) ?? 0)) return message
      await sleep(BETWEEN_ATTEMPTS_MS)
    }
    throw new NatsUnavailable('The replica of the read model lags behind')
  }

  async #loadOnce(key: string): Promise<BucketMessage> {
    const before = this.#options.watchedSeq()
    const reply = await this.#options.api.latest(key)
    // Absent: true at least as of what the watch had shown before, unless it told of this very key.
    if (!reply) return { key, seq: this.#seen.has(key) ? 0 : before, data: undefined }
    const seq = Number(reply.headers?.get('Nats-Sequence'))
    const stored = Date.parse(reply.headers?.get('Nats-Time-Stamp') ?? '')
    return { key, seq, data: isRemoval(reply.headers) ? undefined : reply.data, ...expiryOf(reply.headers, stored) }
  }
}
