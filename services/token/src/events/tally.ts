/** A refusal without anything that the request brought: kinds are few, and the client is one that the registry knows. */
export interface Refusal {
  readonly endpoint: string
  readonly error: string
  readonly cause: string
  readonly clientId?: string | undefined
  readonly organisation?: string | undefined
}

export interface CountedRefusal extends Refusal {
  readonly count: number
  /** Epoch milliseconds. */
  readonly first: number
  readonly last: number
  /** What the first caller was told. */
  readonly told: string
}

interface Count {
  readonly refusal: Refusal
  readonly told: string
  readonly first: number
  last: number
  count: number
}

/**
 * Counts refusals by (endpoint, error, cause, client) until they are taken. At most `maxKinds` are told apart by client; beyond
 * that a refusal is counted without its client, so an attacker can fill neither the memory nor the log.
 */
export class RefusalTally {
  readonly #maxKinds: number
  #counts = new Map<string, Count>()

  constructor(maxKinds: number) {
    this.#maxKinds = maxKinds
  }

  add(refusal: Refusal, told: string, now: number): void {
    const key = keyOf(refusal)
    const known = this.#counts.get(key)
    if (known !== undefined) {
      known.count++
      known.last = now
    } else if (this.#counts.size < this.#maxKinds || refusal.clientId === undefined) {
      this.#counts.set(key, { refusal, told, first: now, last: now, count: 1 })
    } else {
      this.add({ endpoint: refusal.endpoint, error: refusal.error, cause: refusal.cause }, told, now)
    }
  }

  /** Everything counted since the last call. */
  take(): readonly CountedRefusal[] {
    const taken = this.#counts
    if (taken.size === 0) return []
    this.#counts = new Map()
    return [...taken.values()].map(({ refusal, ...count }) => ({ ...refusal, ...count }))
  }
}

const keyOf = ({ endpoint, error, cause, clientId }: Refusal): string =>
  `${endpoint} ${error} ${cause} ${clientId ?? ''}`
