/** A kind of refused request. The text of a caller that is not verified never stands in it. */
export interface Refusal {
  readonly endpoint: string
  readonly error: string
  readonly cause: string
  readonly clientId?: string
}

export interface CountedRefusal extends Refusal {
  readonly count: number
  readonly firstMs: number
  readonly lastMs: number
}

const MAX_KINDS = 256

/** Counts refusals by kind: however many requests an attacker sends, the record gets a bounded number of events. */
export class RefusalTally {
  #kinds = new Map<string, CountedRefusal>()

  add(refusal: Refusal, nowMs: number): void {
    this.restore([{ ...refusal, count: 1, firstMs: nowMs, lastMs: nowMs }])
  }

  /** Puts counts back that could not be kept. Beyond the bound all is one kind. */
  restore(counted: readonly CountedRefusal[]): void {
    for (const one of counted) {
      const { endpoint, error, cause, clientId } = one
      const key = JSON.stringify([endpoint, error, cause, clientId])
      const known = this.#kinds.has(key) || this.#kinds.size < MAX_KINDS
      const kind = known ? one : { ...one, endpoint: 'any', error: 'any', cause: 'too many kinds' }
      this.#join(known ? key : 'overflow', kind)
    }
  }

  /** Takes all counts out. */
  take(): CountedRefusal[] {
    const taken = [...this.#kinds.values()]
    this.#kinds = new Map()
    return taken
  }

  #join(key: string, next: CountedRefusal): void {
    const before = this.#kinds.get(key)
    this.#kinds.set(key, {
      ...(before ?? next),
      count: (before?.count ?? 0) + next.count,
      firstMs: Math.min(before?.firstMs ?? next.firstMs, next.firstMs),
      lastMs: Math.max(before?.lastMs ?? next.lastMs, next.lastMs),
    })
  }
}
