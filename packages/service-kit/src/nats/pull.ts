import type { Msg } from '@nats-io/nats-core'
import type { Connection } from './connection.js'
import { readDelivery } from './ack-subject.js'
import type { DrainedMessage, DrainOptions } from './types.js'

/** How long after its own end a pull without a word counts as lost, in milliseconds. */
const PULL_GRACE_MS = 2_000

export interface HeldMessage extends DrainedMessage {
  /** Subject that acknowledges it. */
  readonly ack: string
  readonly pending: number
}

type PullEnd = 'none' | 'empty' | 'failed'

/** Pull requests on one durable, and the messages that arrived and are not handled yet, by stream sequence. */
export class PullBuffer {
  readonly #connection: Pick<Connection, 'get' | 'inbox' | 'up'>
  readonly #options: DrainOptions
  readonly #held = new Map<number, HeldMessage>()
  readonly #prefix: string
  #wake: (() => void) | undefined
  #pull = 0
  #open = false
  /** Messages that the open pull may still bring; the server ends a full one without a word. */
  #wanted = 0
  #end: PullEnd = 'none'
  #unsubscribe: (() => void) | undefined

  constructor(connection: Pick<Connection, 'get' | 'inbox' | 'up'>, options: DrainOptions) {
    this.#connection = connection
    this.#options = options
    this.#prefix = `${connection.inbox()}.`
  }

  subscribe(): void {
    const subscription = this.#connection.get().subscribe(`${this.#prefix}*`, {
      callback: (error, msg) => {
        if (!error) this.#take(msg)
      },
    })
    this.#unsubscribe = () => subscription.unsubscribe()
  }

  close(): void {
    this.#unsubscribe?.()
    this.interrupt()
  }

  get size(): number {
    return this.#held.size
  }

  /** The server has forgotten the pull, or the wait is over. */
  interrupt(): void {
    this.#open = false
    this.#wake?.()
  }

  /**
   * Waits until something is held or the pull has ended. `empty`: the server says there is nothing. `failed`: it did not
   * answer, or refused.
   */
  async fill(): Promise<PullEnd> {
    if (this.#held.size > 0) return 'none'
    if (!this.#open) this.#request()
    await this.#woken(this.#options.maxWaitMs + PULL_GRACE_MS)
    if (this.#held.size > 0) return 'none'
    if (!this.#open) return this.#end
    this.#open = false
    return 'failed'
  }

  /** Up to a batch, in stream order. They stay held until `done`, so that a redelivery replaces and never doubles them. */
  batch(): HeldMessage[] {
    return [...this.#held.values()].sort((a, b) => a.seq - b.seq).slice(0, this.#options.batch)
  }

  done(messages: readonly HeldMessage[]): void {
    for (const { seq } of messages) {
      const held = this.#held.get(seq)
      this.#held.delete(seq)
      if (held) this.#connection.get().publish(held.ack, '+ACK')
    }
  }

  /** Tells the server that the messages are still being worked on. */
  working(messages: readonly HeldMessage[]): void {
    if (!this.#connection.up) return
    for (const { seq } of messages) {
      const held = this.#held.get(seq)
      if (held) this.#connection.get().publish(held.ack, '+WPI')
    }
  }

  #request(): void {
    const { stream, durable, batch, maxWaitMs } = this.#options
    this.#open = true
    this.#end = 'none'
    this.#pull += 1
    this.#wanted = batch
    const body = JSON.stringify({ batch, expires: maxWaitMs * 1e6 })
    const reply = `${this.#prefix}${this.#pull}`
    this.#connection.get().publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`, body, { reply })
  }

  #take(msg: Msg): void {
    const delivery = readDelivery(msg.reply)
    if (delivery && msg.reply) {
      this.#wanted -= 1
      if (this.#wanted <= 0) this.#open = false
      this.#held.set(delivery.streamSeq, {
        subject: msg.subject,
        data: msg.data,
        seq: delivery.streamSeq,
        timestampMs: delivery.timestampMs,
        redelivered: delivery.deliveries > 1,
        ack: msg.reply,
        pending: delivery.pending,
      })
    } else {
      // A status: 404 and 408 mean nothing (more) to read, anything else that this pull failed.
      if (msg.subject !== `${this.#prefix}${this.#pull}`) return
      const code = msg.headers?.code ?? 0
      if (code === 100) return
      this.#open = false
      this.#end =
        code === 404 || code === 408 || /batch completed/i.test(msg.headers?.description ?? '') ? 'empty' : 'failed'
    }
    this.#wake?.()
  }

  #woken(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, limitMs)
      this.#wake = () => {
        this.#wake = undefined
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
