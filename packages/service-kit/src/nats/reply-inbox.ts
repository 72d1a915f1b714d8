import type { Msg } from '@nats-io/nats-core'
import type { Connection } from './connection.js'
import { NatsUnavailable } from './errors.js'
import { PendingReplies } from './pending-replies.js'
import { isNoResponders } from './publish-ack.js'
import type { ThinHeaders } from './thin-headers.js'

const MAX_PENDING = 10_000

export interface InboxRequest {
  readonly subject: string
  readonly payload: Uint8Array | string
  readonly headers: ThinHeaders | undefined
  readonly timeoutMs: number
  /** Makes the error for a reply that did not come. */
  readonly late: () => Error
  /** The caller reads a no-responders answer itself. */
  readonly keepNoResponders?: boolean
}

/**
 * One wildcard subscription for every reply to this process: the thin writer of performance.md. The client coalesces what
 * is published in one turn of the event loop into one write.
 */
export class ReplyInbox {
  readonly #connection: Connection
  readonly #pending = new PendingReplies(MAX_PENDING)
  #prefix = ''

  constructor(connection: Connection) {
    this.#connection = connection
    connection.onChange((up) => {
      if (!up) this.#pending.abandon()
    })
  }

  /** Subscribes; the client repeats the subscription at each reconnect. */
  open(): void {
    const prefix = `${this.#connection.inbox()}.`
    this.#prefix = prefix
    this.#connection.get().subscribe(`${prefix}*`, {
      callback: (error, msg) => {
        if (!error) this.#pending.settle(msg.subject.slice(prefix.length), msg)
      },
    })
  }

  /** Throws `NatsUnavailable` where nothing was sent or nobody listens, and the request's own error when late. */
  async request(request: InboxRequest): Promise<Msg> {
    if (!this.#connection.up || this.#prefix === '') throw new NatsUnavailable('NATS is not connected')
    if (this.#pending.full) throw new NatsUnavailable(`${MAX_PENDING} replies are awaited already`)
    const { token, reply } = this.#pending.wait(request)
    try {
      this.#connection.get().publish(request.subject, request.payload, {
        reply: this.#prefix + token,
        ...(request.headers ? { headers: request.headers } : {}),
      })
    } catch (cause) {
      this.#pending.fail(token, new NatsUnavailable('The message could not be sent', { cause }))
    }
    const msg = await reply
    if (!request.keepNoResponders && isNoResponders(msg)) throw new NatsUnavailable('Nobody answers this subject')
    return msg
  }
}
