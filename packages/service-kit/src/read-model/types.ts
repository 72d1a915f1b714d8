import type { Part } from '../lifecycle/part.js'

export interface ReadModelOptions<T> {
  /** Entries held at most. A bucket that fits is held whole, and then a miss is final without a question to NATS. */
  readonly capacity: number
  /** Milliseconds without a message or heartbeat after which the model is not fresh. */
  readonly staleAfterMs: number
  /** Filter on keys, default `>`: every key. */
  readonly keys?: string
  /** Turns a stored value into a domain value. A throw is logged by key, and `get` of that key throws `NatsUnavailable`. */
  readonly decode: (key: string, json: unknown) => T
  /** Epoch milliseconds. */
  readonly now: () => number
  /** Loads on a miss a second, over all keys (default 2000); beyond it `get` throws `NatsUnavailable`. */
  readonly loadsPerSecond?: number
}

/** A bucket, held in memory and kept up to date by a watch. */
export interface ReadModel<T> extends Part {
  /** `null`: known to be absent. `undefined`: not held. Never asks anybody. */
  peek(key: string): T | null | undefined
  /** Synchronous when held; else one shared load. Throws (or rejects with) `NatsUnavailable` when it cannot know. */
  get(key: string): T | null | Promise<T | null>
  /** The watch lives: its last word is at most `staleAfterMs` old. */
  fresh(): boolean
  /** `value` is null where the key was removed. Also called for entries of the first fill. */
  onChange(listener: (key: string, value: T | null) => void): void
  entries(): Iterable<[string, T]>
}
