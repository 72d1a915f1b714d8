import type { DrainedMessage, JetStreamPublishOptions, PublishAck } from '@tillit/service-kit'
import { PublishRefused } from '@tillit/service-kit'

export interface StoredMessage extends Omit<DrainedMessage, 'redelivered'> {
  readonly options: JetStreamPublishOptions
}

export interface FakeStreamOptions {
  readonly name: string
  readonly subjects: readonly string[]
  readonly duplicateWindowMs: number
  readonly now: () => number
}

const WRONG_LAST_SEQUENCE = 10_071

/** One stream in memory: subjects, message ids within the window, compare-and-set. */
export class FakeStream {
  readonly name: string
  readonly messages: StoredMessage[] = []
  readonly #options: FakeStreamOptions
  readonly #ids = new Map<string, { seq: number; at: number }>()
  readonly #listeners = new Set<() => void>()

  constructor(options: FakeStreamOptions) {
    this.name = options.name
    this.#options = options
  }

  takes(subject: string): boolean {
    return this.#options.subjects.some((pattern) => matches(pattern, subject))
  }

  store(subject: string, data: Uint8Array, options: JetStreamPublishOptions): PublishAck {
    const now = this.#options.now()
    const { msgId, expectLastSubjectSequence: expected } = options
    const known = msgId === undefined ? undefined : this.#ids.get(msgId)
    if (known && now - known.at <= this.#options.duplicateWindowMs)
      return { duplicate: true, seq: known.seq, stream: this.name }
    if (expected !== undefined && expected !== this.#lastSeqOf(subject))
      throw new PublishRefused(WRONG_LAST_SEQUENCE, `wrong last sequence: ${this.#lastSeqOf(subject)}`)
    const seq = this.messages.length + 1
    if (msgId !== undefined) this.#ids.set(msgId, { seq, at: now })
    this.messages.push({ subject, data, seq, timestampMs: now, options })
    for (const listener of this.#listeners) listener()
    return { duplicate: false, seq, stream: this.name }
  }

  /** Called after each stored message. Returns how to stop. */
  onStored(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #lastSeqOf(subject: string): number {
    return this.messages.findLast((message) => message.subject === subject)?.seq ?? 0
  }
}

/** NATS' rule: `*` is one token, `>` the rest. */
function matches(pattern: string, subject: string): boolean {
  const wanted = pattern.split('.')
  const given = subject.split('.')
  const fits = wanted.every(
    (token, at) => token === '>' || (given[at] !== undefined && (token === '*' || token === given[at])),
  )
  return fits && (wanted.at(-1) === '>' ? given.length >= wanted.length : given.length === wanted.length)
}
