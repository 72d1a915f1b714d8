import { LRUCache } from 'lru-cache'

export interface TokenBucketOptions {
  readonly perSecond: number
  readonly burst: number
  /** Keys remembered (default 50,000). A key that falls out starts full again. */
  readonly capacity?: number
  /** Epoch milliseconds. */
  readonly now: () => number
}

interface Level {
  tokens: number
  at: number
}

/** Rate limits by key, in memory. */
export class TokenBucket {
  readonly #levels: LRUCache<string, Level>
  readonly #options: TokenBucketOptions

  constructor(options: TokenBucketOptions) {
    this.#options = options
    this.#levels = new LRUCache({ max: options.capacity ?? 50_000 })
  }

  /** Takes one. 0: allowed; else the whole seconds to wait, for Retry-After. `rate` overrides the limit for this key. */
  take(key: string, rate: { perSecond: number; burst: number } = this.#options): number {
    const now = this.#options.now()
    const level = this.#levels.get(key) ?? this.#remember(key, { tokens: rate.burst, at: now })
    level.tokens = Math.min(rate.burst, level.tokens + (Math.max(0, now - level.at) / 1_000) * rate.perSecond)
    level.at = now
    if (level.tokens < 1) return Math.max(1, Math.ceil((1 - level.tokens) / rate.perSecond))
    level.tokens -= 1
    return 0
  }

  #remember(key: string, level: Level): Level {
    this.#levels.set(key, level)
    return level
  }
}
