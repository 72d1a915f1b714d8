import type { BucketContract } from '@tillit/events'
import type { Nats, RawNats } from '../nats/types.js'
import { NatsUnavailable } from '../nats/errors.js'
import { metrics } from '../telemetry/metrics.js'
import { BucketApi } from './bucket-api.js'
import type { BucketMessage } from './bucket-message.js'
import { BucketWatch, type WatchSink } from './bucket-watch.js'
import { EntryStore, isNewer, type Held } from './entry-store.js'
import { Loader } from './loader.js'
import type { ReadModel, ReadModelOptions } from './types.js'

const LOADS_PER_SECOND = 2_000
/** How often entries whose time is up are let go. */
const SWEEP_MS = 10_000

/** A bucket in memory: held whole while it fits, through an LRU with loads on a miss when it does not. */
export function readModel<T>(
  nats: Pick<Nats, 'raw'>,
  bucket: BucketContract,
  options: ReadModelOptions<T>,
): ReadModel<T> {
  return new WatchedBucket(nats.raw, bucket.name, options)
}

class WatchedBucket<T> implements ReadModel<T>, WatchSink {
  readonly name: string
  readonly #bucket: string
  readonly #options: ReadModelOptions<T>
  readonly #nats: RawNats
  readonly #watch: BucketWatch
  readonly #loader: Loader
  readonly #listeners: ((key: string, value: T | null) => void)[] = []
  #store: EntryStore<T> | undefined
  #sweeper: NodeJS.Timeout | undefined
  /** The store of a fill that is not complete. */
  #filling: EntryStore<T> | undefined

  constructor(nats: RawNats, bucket: string, options: ReadModelOptions<T>) {
    this.name = `read model ${bucket}`
    this.#bucket = bucket
    this.#nats = nats
    this.#options = options
    const api = new BucketApi(nats, bucket)
    const { now, staleAfterMs, keys = '>', loadsPerSecond = LOADS_PER_SECOND } = options
    this.#watch = new BucketWatch({ nats, api, bucket, keys, staleAfterMs, now, sink: this })
    this.#loader = new Loader({ api, loadsPerSecond, now, watchedSeq: () => this.#watch.lastSeq })
  }

  async start(): Promise<void> {
    await this.#watch.start()
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS)
    metrics.gauge('tillit.read_model.entries', {
      unit: '{entry}',
      description: 'Entries held of a read model',
      read: () => [{ value: this.#store?.size ?? 0, attributes: { bucket: this.#bucket } }],
    })
  }

  ready(): true | string {
    if (!this.#store) return `${this.name} is not filled yet`
    return this.fresh() || `${this.name} is stale`
  }

  stop(): Promise<void> {
    clearInterval(this.#sweeper)
    this.#watch.stop()
    return Promise.resolve()
  }

  fresh(): boolean {
    return this.#watch.fresh
  }

  onChange(listener: (key: string, value: T | null) => void): void {
    this.#listeners.push(listener)
  }

  peek(key: string): T | null | undefined {
    const held = this.#store?.get(key)
    return held ? held.value : this.#store?.whole ? null : undefined
  }

  get(key: string): T | null | Promise<T | null> {
    if (!this.#store) throw new NatsUnavailable(`${this.name} is not filled yet`)
    const held = this.#store.get(key)
    if (held) return this.#readable(held)
    return this.#store.whole ? null : this.#load(key)
  }

  *entries(): Iterable<[string, T]> {
    for (const [key, { value }] of this.#store?.entries() ?? []) if (value != null) yield [key, value]
  }

  beginFill(messages: number): boolean {
    const whole = messages <= this.#options.capacity
    this.#filling = new EntryStore(this.#options.capacity, whole)
    return whole
  }

  endFill(): void {
    const before = this.#store
    const after = this.#filling
    this.#store = after
    this.#filling = undefined
    if (!after) return
    for (const [key, held] of after.entries()) if (before?.peek(key)?.seq !== held.seq) this.#tell(key, held)
    for (const [key] of before?.entries() ?? []) if (!after.peek(key)) this.#tell(key, { value: null })
  }

  apply(message: BucketMessage): void {
    const store = this.#filling ?? this.#store
    if (!store) return
    const held = store.peek(message.key)
    if (!store.whole && !held && !this.#loader.isLoading(message.key)) this.#loader.note(message.key, message.seq)
    else this.#merge(store, message)
  }

  async #load(key: string): Promise<T | null> {
    const message = await this.#loader.load(key)
    const store = this.#store
    if (!store) throw new NatsUnavailable(`${this.name} is not filled yet`)
    this.#merge(store, message)
    return this.#readable(store.peek(key) ?? this.#decode(message))
  }

  /** Takes a version unless a newer one is held. */
  #merge(store: EntryStore<T>, message: BucketMessage): void {
    const candidate = this.#decode(message)
    const held = store.peek(message.key)
    if (held && !isNewer(candidate, held)) return
    store.put(message.key, candidate)
    if (store === this.#store) this.#tell(message.key, candidate)
  }

  #decode({ key, seq, data, expiresAt }: BucketMessage): Held<T> {
    if (!data) return { value: null, revision: undefined, seq }
    const expiry = expiresAt === undefined ? {} : { expiresAt }
    try {
      const json = JSON.parse(Buffer.from(data).toString('utf8')) as { revision?: unknown } | null
      const revision = typeof json?.revision === 'number' ? json.revision : undefined
      return { value: this.#options.decode(key, json), revision, seq, ...expiry }
    } catch (err) {
      const { log } = this.#nats
      log.error({ 'event.name': 'read_model.unreadable', bucket: this.#bucket, key, err }, 'An entry cannot be read')
      return { value: undefined, revision: undefined, seq, ...expiry }
    }
  }

  /** An entry that cannot be read is neither absent nor present: refuse to answer. */
  #readable({ value }: Held<T>): T | null {
    if (value === undefined) throw new NatsUnavailable(`An entry of ${this.name} cannot be read`)
    return value
  }

  /** The broker removes a message whose time is up without a word, unless the bucket makes markers. */
  #sweep(): void {
    const now = this.#options.now()
    for (const [key, { expiresAt, seq }] of this.#store?.entries() ?? []) {
      if (expiresAt === undefined || expiresAt > now) continue
      this.#store?.put(key, { value: null, revision: undefined, seq })
      this.#tell(key, { value: null })
    }
  }

  #tell(key: string, { value }: Pick<Held<T>, 'value'>): void {
    if (value !== undefined) for (const listener of this.#listeners) listener(key, value)
  }
}
