import { randomUUID } from 'node:crypto'
import type { Msg, Subscription } from '@nats-io/nats-core'
import type { RawNats } from '../nats/types.js'
import { readDelivery } from '../nats/ack-subject.js'
import type { BucketApi, WatchFrom } from './bucket-api.js'
import { expiryOf, isRemoval, readControl, type BucketMessage } from './bucket-message.js'

/** Three missed heartbeats. */
const SILENCE_MS = 3_000
const CHECK_MS = 500

export interface SessionOptions {
  readonly nats: RawNats
  readonly api: BucketApi
  readonly keys: string
  readonly from: WatchFrom
  readonly onMessage: (message: BucketMessage) => void
  /** Called for each sign of life once the session has caught up. */
  readonly onWord: () => void
}

/** One ordered consumer from its creation to the first doubt about it: a gap, silence, a disconnect. */
export class WatchSession {
  readonly #options: SessionOptions
  readonly #consumer = `w${randomUUID().replaceAll('-', '')}`
  readonly #end = Promise.withResolvers<string>()
  readonly #caughtUp = Promise.withResolvers<undefined>()
  #subscription: Subscription | undefined
  #timer: NodeJS.Timeout | undefined
  #offConnection: (() => void) | undefined
  #consumerSeq = 0
  #lastWord = performance.now()
  #live = false
  #closed = false

  constructor(options: SessionOptions) {
    this.#options = options
  }

  /** Resolves with the reason when the session can no longer be trusted. */
  get ended(): Promise<string> {
    return this.#end.promise
  }

  /** Resolves when everything up to now has been delivered. Rejects when that fails; the session is then closed. */
  async open(): Promise<void> {
    const { nats, api, keys, from } = this.#options
    const deliverTo = nats.inbox()
    this.#offConnection = nats.onConnection((up) => this.#fail(up ? 'reconnected' : 'disconnected'))
    this.#timer = setInterval(() => this.#checkSilence(), CHECK_MS)
    try {
      this.#subscription = nats.connection().subscribe(deliverTo, {
        callback: (error, msg) => {
          if (error) this.#fail(error.message)
          else this.#take(msg)
        },
      })
      const pending = await api.watch({ consumer: this.#consumer, deliverTo, keys, from })
      if (pending === 0) this.#goLive()
      await Promise.race([this.#caughtUp.promise, this.ended.then((reason) => Promise.reject(new Error(reason)))])
    } catch (error) {
      this.close()
      throw error
    }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#timer)
    this.#offConnection?.()
    this.#subscription?.unsubscribe()
    this.#end.resolve('closed')
    this.#options.api.unwatch(this.#consumer)
  }

  #take(msg: Msg): void {
    if (this.#closed) return
    this.#lastWord = performance.now()
    const control = readControl(msg)
    if (control?.kind === 'flow') this.#options.nats.connection().publish(control.reply)
    else if (control && control.consumerSeq > this.#consumerSeq) this.#fail('a gap before a heartbeat')
    else if (!control) this.#data(msg)
    if (this.#live) this.#options.onWord()
  }

  #data(msg: Msg): void {
    const delivery = readDelivery(msg.reply)
    if (!delivery || delivery.consumer !== this.#consumer) return
    if (delivery.consumerSeq !== this.#consumerSeq + 1) {
      this.#fail('a gap between messages')
      return
    }
    this.#consumerSeq = delivery.consumerSeq
    this.#options.onMessage({
      key: msg.subject.slice(this.#options.api.subjectPrefix.length),
      seq: delivery.streamSeq,
      data: isRemoval(msg.headers) ? undefined : msg.data,
      ...expiryOf(msg.headers, delivery.timestampMs),
    })
    if (delivery.pending === 0) this.#goLive()
  }

  #goLive(): void {
    this.#live = true
    this.#caughtUp.resolve(undefined)
  }

  #checkSilence(): void {
    if (performance.now() - this.#lastWord > SILENCE_MS) this.#fail('no heartbeat')
  }

  #fail(reason: string): void {
    this.#live = false
    this.#end.resolve(reason)
  }
}
