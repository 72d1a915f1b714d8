import { LRUCache } from 'lru-cache'

/** Where a version of a value stands in time. */
export interface Version {
  /** The owner's commit order, where the value has one. */
  readonly revision: number | undefined
  /** Sequence in the bucket's stream. */
  readonly seq: number
}

export interface Held<T> extends Version {
  /** Epoch milliseconds from which the entry counts as removed. */
  readonly expiresAt?: number
  /** `null`: known to be absent. `undefined`: there is a value that cannot be read. */
  readonly value: T | null | undefined
}

/** The higher revision wins over a concurrent load; the bucket's sequence decides where there is none. */
export function isNewer(candidate: Version, held: Version): boolean {
  const { revision } = candidate
  if (revision !== undefined && held.revision !== undefined && revision !== held.revision)
    return revision > held.revision
  return candidate.seq >= held.seq
}

/** Absent keys get a store of their own, so that invented keys cannot push out real ones. */
const ABSENT_SHARE = 4

/**
 * Held whole in a plain map while the bucket fits, and through LRUs when it does not. `whole` is decided by the fill and only
 * ever turns false between fills.
 */
export class EntryStore<T> {
  readonly #capacity: number
  #all = new Map<string, Held<T>>()
  #lru: LRUCache<string, Held<T>> | undefined
  #absent: LRUCache<string, Held<T>> | undefined

  constructor(capacity: number, whole: boolean) {
    this.#capacity = capacity
    if (!whole) this.#split()
  }

  get whole(): boolean {
    return this.#lru === undefined
  }

  get size(): number {
    return this.#lru?.size ?? this.#all.size
  }

  /** Undefined: not held; in a whole store that means that there is no such key. */
  get(key: string): Held<T> | undefined {
    return this.#lru ? (this.#lru.get(key) ?? this.#absent?.get(key)) : this.#all.get(key)
  }

  /** As `get`, without counting as a use. */
  peek(key: string): Held<T> | undefined {
    return this.#lru ? (this.#lru.peek(key) ?? this.#absent?.peek(key)) : this.#all.get(key)
  }

  put(key: string, held: Held<T>): void {
    if (!this.#lru) {
      if (held.value === null) this.#all.delete(key)
      else this.#all.set(key, held)
      if (this.#all.size > this.#capacity) this.#split()
    } else if (held.value === null) {
      this.#lru.delete(key)
      this.#absent?.set(key, held)
    } else {
      this.#absent?.delete(key)
      this.#lru.set(key, held)
    }
  }

  *entries(): Iterable<[string, Held<T>]> {
    yield* this.#lru ? this.#lru.entries() : this.#all.entries()
  }

  #split(): void {
    const lru = new LRUCache<string, Held<T>>({ max: this.#capacity })
    for (const [key, held] of this.#all) lru.set(key, held)
    this.#lru = lru
    this.#absent = new LRUCache({ max: Math.max(1, Math.ceil(this.#capacity / ABSENT_SHARE)) })
    this.#all = new Map()
  }
}
