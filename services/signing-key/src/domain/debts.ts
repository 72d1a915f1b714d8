import type { Ack, Now, PlacedRecord, Recorder } from './ports.js'

/** A record that still has to reach the broker, and what its acknowledgement leads to. */
export interface Debt {
  readonly record: PlacedRecord
  readonly messageId: string
  /** The broker was asked to store it and may have done so. */
  readonly maybeStored: boolean
  /** Called once, when the broker has answered. */
  readonly settle?: (ack: Ack) => void
}

export interface DebtOptions {
  readonly recorder: Pick<Recorder, 'publish' | 'connected'>
  readonly now: Now
  /** 0 to 1. */
  readonly random: () => number
  /** Debts held at most; from there on the signer takes no work that could add one. */
  readonly capacity: number
}

interface Entry {
  readonly debt: Debt
  attempts: number
  dueAt: number
}

const FIRST_DELAY_MS = 100
/** Issuing again at most 30 s after NATS returns (reliability.md, section 5). */
const MAX_DELAY_MS = 5_000
const ATTEMPT_TIMEOUT_MS = 2_000
const MAX_AT_ONCE = 64

/**
 * The records that follow a request which did not go well: the same intent again until its fate is known, outcomes, and
 * fillers of places that would else be holes (security.md, section 1). Held in memory, retried with backoff and jitter.
 */
export class Debts {
  readonly #options: DebtOptions
  readonly #entries = new Set<Entry>()
  readonly #running = new Set<Entry>()
  readonly #refused = new Map<number, number>()

  constructor(options: DebtOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#entries.size
  }

  full(): boolean {
    return this.#entries.size >= this.#options.capacity
  }

  /** Whether the broker refused a record of this partition that is not yet stored: more would only make more holes. */
  blocked(partition: number): boolean {
    return this.#refused.has(partition)
  }

  add(debt: Debt): void {
    this.#entries.add({ debt, attempts: 0, dueAt: 0 })
    if (!debt.maybeStored) this.#count(debt.record.partition, 1)
  }

  /** Tries what is due. Resolves when each has been answered or has timed out. */
  async run(): Promise<void> {
    if (!this.#options.recorder.connected()) return
    const now = this.#options.now()
    const due: Promise<void>[] = []
    for (const entry of this.#entries) {
      if (this.#running.size >= MAX_AT_ONCE) break
      if (entry.dueAt <= now && !this.#running.has(entry)) due.push(this.#attempt(entry))
    }
    await Promise.all(due)
  }

  async #attempt(entry: Entry): Promise<void> {
    const { record, messageId } = entry.debt
    this.#running.add(entry)
    const ack = await this.#options.recorder.publish(record, messageId, ATTEMPT_TIMEOUT_MS)
    this.#running.delete(entry)
    if (ack.kind === 'stored' || ack.kind === 'duplicate') this.#close(entry, ack)
    else this.#postpone(entry)
  }

  #close(entry: Entry, ack: Ack): void {
    this.#entries.delete(entry)
    if (!entry.debt.maybeStored) this.#count(entry.debt.record.partition, -1)
    entry.debt.settle?.(ack)
  }

  #postpone(entry: Entry): void {
    const delay = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(entry.attempts, 10))
    entry.attempts += 1
    entry.dueAt = this.#options.now() + delay * (0.5 + this.#options.random() / 2)
  }

  #count(partition: number, change: number): void {
    const count = (this.#refused.get(partition) ?? 0) + change
    if (count > 0) this.#refused.set(partition, count)
    else this.#refused.delete(partition)
  }
}
