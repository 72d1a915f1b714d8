import type { Msg } from '@nats-io/nats-core'
import type { Ask } from '@tillit/events'
import { answerSubject } from '@tillit/events'
import type { Part } from '../lifecycle/part.js'
import type { Logger } from '../log.js'
import { metrics } from '../telemetry/metrics.js'
import { inServerSpan } from '../telemetry/trace.js'
import type { Connection } from './connection.js'
import type { AnswerHandler, AnswerOptions } from './types.js'

const CONCURRENCY = 64
const QUEUE = 1_024

export interface AnswerPartOptions {
  readonly connection: Pick<Connection, 'get' | 'up'>
  readonly log: Logger
  readonly ask: Ask
  readonly access: AnswerOptions
  readonly handler: AnswerHandler
}

/** Answers a subject with bounded concurrency and a bounded queue. What cannot be answered gets no reply: the asker times out. */
export function answerPart(options: AnswerPartOptions): Part {
  const { connection, ask, access } = options
  if (access.limit === '' || access.audit === '')
    throw new TypeError(`${ask.prefix}: an answered subject states its limit and its audit event`)
  const answerer = new Answerer(options)
  let close: (() => Promise<void>) | undefined
  return {
    name: `answer ${ask.prefix}`,
    start: async () => {
      const nats = connection.get()
      const subscription = nats.subscribe(answerSubject(ask), {
        queue: ask.queue,
        callback: (error, msg) => {
          if (!error) answerer.take(msg)
        },
      })
      await nats.flush()
      close = async () => (connection.up ? subscription.drain() : subscription.unsubscribe())
    },
    stop: async () => {
      await close?.()
      await answerer.idle()
    },
  }
}

class Answerer {
  readonly #options: AnswerPartOptions
  readonly #concurrency: number
  readonly #queueLimit: number
  readonly #queue: Msg[] = []
  readonly #dropped = metrics.counter('tillit.nats.dropped', {
    unit: '{message}',
    description: 'Requests not answered',
  })
  readonly #durations = metrics.histogram('messaging.process.duration', {
    unit: 's',
    description: 'Time from taking a request to its reply',
  })
  #running = 0
  #onIdle: (() => void)[] = []

  constructor(options: AnswerPartOptions) {
    this.#options = options
    this.#concurrency = options.access.concurrency ?? CONCURRENCY
    this.#queueLimit = options.access.queue ?? QUEUE
  }

  take(msg: Msg): void {
    const { ask } = this.#options
    const caller = msg.subject.slice(ask.prefix.length + 1)
    if (!msg.reply || msg.data.length > ask.maxBytes || !(ask.callers as readonly string[]).includes(caller))
      this.#drop('malformed')
    else if (this.#running < this.#concurrency) void this.#run(msg, caller)
    else if (this.#queue.length < this.#queueLimit) this.#queue.push(msg)
    else this.#drop('overload')
  }

  idle(): Promise<void> {
    return this.#running === 0 ? Promise.resolve() : new Promise((resolve) => this.#onIdle.push(resolve))
  }

  async #run(msg: Msg, caller: string): Promise<void> {
    const { ask, handler, log } = this.#options
    const started = performance.now()
    this.#running += 1
    try {
      const traceparent = msg.headers?.get('traceparent') || undefined
      const reply = await inServerSpan(ask.prefix, traceparent, () => handler(caller, msg.data, traceparent))
      if (reply.length > ask.maxBytes) throw new RangeError(`The reply is larger than ${ask.maxBytes} bytes`)
      msg.respond(reply)
    } catch (err) {
      this.#drop('failed')
      log.error({ 'event.name': 'nats.answer.failed', subject: ask.prefix, err }, 'A request got no answer')
    }
    this.#durations.record((performance.now() - started) / 1_000, { 'messaging.destination.template': ask.prefix })
    this.#running -= 1
    this.#next()
  }

  #next(): void {
    const msg = this.#queue.shift()
    if (msg) return void this.#run(msg, msg.subject.slice(this.#options.ask.prefix.length + 1))
    if (this.#running > 0) return
    for (const resolve of this.#onIdle.splice(0)) resolve()
  }

  #drop(reason: string): void {
    this.#dropped.add(1, { reason, 'messaging.destination.template': this.#options.ask.prefix })
  }
}
