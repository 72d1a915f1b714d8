import { buckets, INITIAL_PARTITIONS, issuanceStream, streams } from '@tillit/events'
import type { AnswerHandler } from '@tillit/service-kit'
import { FakeStream } from './fake-stream.js'

/** What all fake connections of one test share: every stream and bucket of the contracts, and who answers. */
export class FakeBroker {
  readonly streams: readonly FakeStream[]
  readonly answers = new Map<string, AnswerHandler>()
  /** Epoch milliseconds; decides what the duplicate windows still know. */
  readonly now: () => number
  /** Return an error to let a publish to this subject fail, before or after it is stored. */
  fault: ((subject: string) => { error: Error; stored: boolean } | undefined) | undefined

  constructor(now: () => number = Date.now) {
    this.now = now
    const issuance = Array.from({ length: INITIAL_PARTITIONS }, (_, partition) => issuanceStream(partition))
    const contracts = [...Object.values(streams), ...issuance]
    const kv = Object.values(buckets).map(({ name }) => ({ name: `KV_${name}`, subjects: [`$KV.${name}.>`] }))
    this.streams = [
      ...contracts.map(({ name, subjects, duplicateWindowSeconds }) =>
        this.#stream(name, subjects, duplicateWindowSeconds),
      ),
      ...kv.map(({ name, subjects }) => this.#stream(name, subjects, 120)),
    ]
  }

  /** Throws for a name that no contract has. */
  stream(name: string): FakeStream {
    const found = this.streams.find((stream) => stream.name === name)
    if (!found) throw new Error(`No contract names the stream ${name}`)
    return found
  }

  #stream(name: string, subjects: readonly string[], windowSeconds: number): FakeStream {
    return new FakeStream({ name, subjects, duplicateWindowMs: windowSeconds * 1_000, now: this.now })
  }
}
