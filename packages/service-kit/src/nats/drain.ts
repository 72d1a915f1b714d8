import type { Part } from '../lifecycle/part.js'
import type { Logger } from '../log.js'
import { sleep } from '../resilience/sleep.js'
import { delayOf } from '../resilience/with-retry.js'
import type { Connection } from './connection.js'
import { PullBuffer } from './pull.js'
import type { DrainedMessage, DrainOptions, DrainState } from './types.js'

/** How long the first message of a batch waits for company, in milliseconds: every batch costs broker and database alike. */
const LINGER_MS = 200
const BACKOFF = { firstDelayMs: 100, maxDelayMs: 5_000 }

export interface DrainPartOptions {
  readonly connection: Connection
  readonly log: Logger
  readonly drain: DrainOptions
  readonly handler: (messages: DrainedMessage[]) => Promise<void>
}

/** Reads a durable to its end and stays there. One batch at a time, in stream order; a batch is retried until it succeeds. */
export function drainPart(options: DrainPartOptions): Part & DrainState {
  const drainer = new Drainer(options)
  return {
    name: `drain ${options.drain.stream}`,
    start: () => drainer.start(),
    ready: () => drainer.ready(),
    stop: () => drainer.stop(),
    pending: () => drainer.pending,
    lastSeq: () => drainer.lastSeq,
    lastReadMs: () => drainer.lastReadMs,
  }
}

class Drainer {
  readonly #options: DrainPartOptions
  readonly #stopping = new AbortController()
  #buffer: PullBuffer | undefined
  #loop: Promise<void> | undefined
  #failures = 0
  pending: number | undefined
  lastSeq = 0
  lastReadMs = 0

  constructor(options: DrainPartOptions) {
    this.#options = options
  }

  start(): Promise<void> {
    const buffer = new PullBuffer(this.#options.connection, this.#options.drain)
    buffer.subscribe()
    this.#buffer = buffer
    const off = this.#options.connection.onChange(() => buffer.interrupt())
    this.#loop = this.#run(buffer).finally(off)
    return Promise.resolve()
  }

  ready(): true | string {
    return this.#failures < 3 || `stream ${this.#options.drain.stream} cannot be drained`
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#buffer?.close()
    await this.#loop
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted
  }

  async #run(buffer: PullBuffer): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#step(buffer)
      } catch (err) {
        await this.#fail(err)
      }
    }
  }

  async #step(buffer: PullBuffer): Promise<void> {
    const end = await buffer.fill()
    if (this.#stopped) return
    if (end === 'failed') throw new Error('The pull was not answered or was refused')
    this.lastReadMs = Date.now()
    if (end === 'empty' || buffer.size === 0) {
      this.#failures = 0
      if (end === 'empty') this.pending = 0
      return
    }
    if (buffer.size < this.#options.drain.batch) await this.#pause(LINGER_MS)
    await this.#handle(buffer)
    this.#failures = 0
  }

  async #handle(buffer: PullBuffer): Promise<void> {
    const batch = buffer.batch()
    // Only a batch that failed before can be late for its acknowledgement.
    if (this.#failures > 0) buffer.working(batch)
    await this.#options.handler(batch)
    buffer.done(batch)
    const last = batch.at(-1)
    if (!last) return
    this.lastSeq = last.seq
    this.pending = last.pending
  }

  async #fail(err: unknown): Promise<void> {
    const delay = delayOf(this.#failures, BACKOFF)
    this.#failures += 1
    const { log, drain } = this.#options
    if (!this.#stopped)
      log.warn(
        { 'event.name': 'nats.drain.failed', stream: drain.stream, failures: this.#failures, err },
        'Drain failed',
      )
    await this.#pause(delay)
  }

  #pause(ms: number): Promise<void> {
    return sleep(ms, this.#stopping.signal)
  }
}
