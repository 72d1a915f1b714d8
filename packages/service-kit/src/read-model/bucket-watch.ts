import type { RawNats } from '../nats/types.js'
import { NatsUnavailable } from '../nats/errors.js'
import { withRetry } from '../resilience/with-retry.js'
import type { BucketApi, BucketState, WatchFrom } from './bucket-api.js'
import type { BucketMessage } from './bucket-message.js'
import { WatchSession } from './watch-session.js'

/** A longer break refills: markers of removed keys live only so long in the bucket. */
const RESUME_WITHIN_MS = 30_000
const REOPEN = { budgetMs: Infinity, firstDelayMs: 50, maxDelayMs: 500 }

/** Who receives what the watch brings. */
export interface WatchSink {
  /** A fill begins. Returns whether every key shall be delivered, or only what comes from now on. */
  beginFill(messages: number): boolean
  /** The fill is complete. */
  endFill(): void
  apply(message: BucketMessage): void
}

export interface WatchOptions {
  readonly nats: RawNats
  readonly api: BucketApi
  readonly bucket: string
  readonly keys: string
  readonly staleAfterMs: number
  readonly now: () => number
  readonly sink: WatchSink
}

/** Keeps one session open: resumes after a short break, refills after a long one or when the stream is another. */
export class BucketWatch {
  readonly #options: WatchOptions
  readonly #stopping = new AbortController()
  #session: WatchSession | undefined
  #created: string | undefined
  #lastWord: number | undefined
  /** Sequence of the last message seen. */
  lastSeq = 0

  constructor(options: WatchOptions) {
    this.#options = options
  }

  get fresh(): boolean {
    return this.#lastWord !== undefined && Math.abs(this.#options.now() - this.#lastWord) <= this.#options.staleAfterMs
  }

  async start(): Promise<void> {
    await this.#open()
    void this.#keep()
  }

  stop(): void {
    this.#stopping.abort()
    this.#session?.close()
  }

  async #keep(): Promise<void> {
    const { nats, bucket } = this.#options
    const { signal } = this.#stopping
    for (;;) {
      const reason = await this.#session?.ended
      this.#session?.close()
      if (signal.aborted) return
      nats.log.warn({ 'event.name': 'read_model.watch_lost', bucket, reason }, 'The watch is opened anew')
      await withRetry(() => this.#open(), { ...REOPEN, signal }).catch(() => undefined)
    }
  }

  async #open(): Promise<void> {
    const { nats, api, keys, sink } = this.#options
    if (this.#stopping.signal.aborted) throw new NatsUnavailable('The read model is stopped')
    const state = await api.state()
    const resume = this.#canResume(state)
    const from = resume ? { afterSeq: this.lastSeq } : this.#beginFill(state)
    const onMessage = (message: BucketMessage): void => {
      this.lastSeq = Math.max(this.lastSeq, message.seq)
      sink.apply(message)
    }
    const session = new WatchSession({ nats, api, keys, from, onMessage, onWord: () => this.#word() })
    this.#session = session
    await session.open()
    if (!resume) sink.endFill()
    this.#created = state.created
    this.#word()
  }

  #word(): void {
    this.#lastWord = this.#options.now()
  }

  #canResume(state: BucketState): boolean {
    if (this.#created !== state.created || state.lastSeq < this.lastSeq) return false
    return this.#lastWord !== undefined && Math.abs(this.#options.now() - this.#lastWord) < RESUME_WITHIN_MS
  }

  #beginFill(state: BucketState): WatchFrom {
    this.#created = undefined
    const everything = this.#options.sink.beginFill(state.messages)
    this.lastSeq = everything ? 0 : state.lastSeq
    return everything ? 'latest-values' : { afterSeq: state.lastSeq }
  }
}
