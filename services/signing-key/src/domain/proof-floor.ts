/** What the broker tells about the memory of proofs. Times in epoch milliseconds. */
export interface ProofMemory {
  readonly created: number
  readonly firstSeq: number
  readonly lastSeq: number
}

/** Longer than a seen proof is kept: a loss longer ago cannot let one through again. */
const MEMORY_MS = 300_000
/** Acknowledgements may arrive a little out of order. */
const MAX_REORDER = 256

/**
 * After loss of the memory of proofs, proofs that may have been in it are refused (helseid.md section 3): those with `iat`
 * before its creation plus a margin. A stream that kept its name and creation time but lost its messages (memory storage,
 * every node restarted) shows by a sequence that went back.
 */
export class ProofFloor {
  readonly #marginMs: number
  #floor: number | undefined
  #highest = 0
  #created: number | undefined
  #lastSeq = 0

  constructor(marginMs: number) {
    this.#marginMs = marginMs
  }

  /** Epoch milliseconds; undefined before the broker was asked. */
  get(): number | undefined {
    return this.#floor
  }

  /** The highest sequence known; give it to `learn` as it was before the broker was asked. */
  get lastSeq(): number {
    return this.#lastSeq
  }

  /** The connection is gone: what happens to the memory meanwhile is unknown. */
  forget(): void {
    this.#floor = undefined
  }

  /** `lastSeqBefore`: proofs stored while the broker was answering do not count against it. */
  learn(memory: ProofMemory, { now, lastSeqBefore }: { now: number; lastSeqBefore: number }): void {
    const isNew = this.#created !== memory.created
    const lost = isNew ? seemsEmptied(memory, now) : memory.lastSeq < lastSeqBefore
    this.#created = memory.created
    this.#lastSeq = isNew || lost ? memory.lastSeq : Math.max(memory.lastSeq, this.#lastSeq)
    this.#raise((lost ? now : memory.created) + this.#marginMs)
  }

  /** The sequence of a proof just stored. */
  saw(seq: number, now: number): void {
    const wentBack = seq < this.#lastSeq - MAX_REORDER
    if (wentBack) this.#raise(now + this.#marginMs)
    this.#lastSeq = wentBack ? seq : Math.max(seq, this.#lastSeq)
  }

  #raise(to: number): void {
    this.#highest = Math.max(this.#highest, to)
    this.#floor = this.#highest
  }
}

/** An old stream whose first message is still number one, although messages live for minutes: it was emptied. */
function seemsEmptied({ created, firstSeq, lastSeq }: ProofMemory, now: number): boolean {
  return firstSeq <= 1 && lastSeq > 0 && created < now - MEMORY_MS
}
