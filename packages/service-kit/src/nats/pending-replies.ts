import type { Msg } from '@nats-io/nats-core'

const SWEEP_MS = 20

interface Waiting {
  readonly resolve: (msg: Msg) => void
  readonly reject: (error: Error) => void
  readonly deadline: number
  readonly late: () => Error
}

export interface WaitOptions {
  readonly timeoutMs: number
  /** Makes the error for a reply that never came. */
  readonly late: () => Error
}

/**
 * Replies that are awaited, by token. One interval sweeps out the late ones, and only while something is awaited: a timer a
 * message would cost more than the message. Deadlines are kept to within 20 ms.
 */
export class PendingReplies {
  readonly #waiting = new Map<string, Waiting>()
  readonly #limit: number
  #next = 0
  #sweeper: NodeJS.Timeout | undefined

  constructor(limit: number) {
    this.#limit = limit
  }

  get full(): boolean {
    return this.#waiting.size >= this.#limit
  }
  get size(): number {
    return this.#waiting.size
  }

  /** Reserves a token, the last part of a reply subject, and waits for its message. */
  wait(options: WaitOptions): { token: string; reply: Promise<Msg> } {
    const token = (this.#next++).toString(36)
    const deadline = performance.now() + options.timeoutMs
    const reply = new Promise<Msg>((resolve, reject) => {
      this.#waiting.set(token, { resolve, reject, deadline, late: options.late })
    })
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS)
    return { token, reply }
  }

  /** A message for a token; one that nobody awaits (any more) is ignored. */
  settle(token: string, msg: Msg): void {
    const waiting = this.#take(token)
    waiting?.resolve(msg)
  }

  /** The request could not be sent. */
  fail(token: string, error: Error): void {
    this.#take(token)?.reject(error)
  }

  /** Ends every wait as if it were late: no reply can come after a disconnect. */
  abandon(): void {
    for (const token of [...this.#waiting.keys()]) {
      const waiting = this.#take(token)
      waiting?.reject(waiting.late())
    }
  }

  #take(token: string): Waiting | undefined {
    const waiting = this.#waiting.get(token)
    this.#waiting.delete(token)
    return waiting
  }

  #sweep(): void {
    const now = performance.now()
    for (const [token, { deadline, late, reject }] of this.#waiting) {
      if (deadline > now) continue
      this.#waiting.delete(token)
      reject(late())
    }
    if (this.#waiting.size > 0) return
    clearInterval(this.#sweeper)
    this.#sweeper = undefined
  }
}
