import { sleep } from './sleep.js'

export interface RetryOptions {
  /** No new attempt starts after this many milliseconds; Infinity never gives up. */
  readonly budgetMs: number
  /** Milliseconds before the second attempt; doubles to `maxDelayMs`. Defaults 100 and 5000. */
  readonly firstDelayMs?: number
  readonly maxDelayMs?: number
  /** Share of each delay that is random, 0 to 1; default 0.5, so that many clients do not return at once. */
  readonly jitter?: number
  /** False ends the retries: the error is thrown at once. Default: every error is retried. */
  readonly retryable?: (error: unknown) => boolean
  readonly onRetry?: (error: unknown, delayMs: number) => void
  /** Ends the wait, and the retries, with the last error. */
  readonly signal?: AbortSignal
  readonly now?: () => number
  readonly sleep?: (ms: number) => Promise<void>
  readonly random?: () => number
}

/** Calls `attempt` until it succeeds or the budget is spent, then throws its last error. */
export async function withRetry<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const now = options.now ?? Date.now
  const pause = options.sleep ?? ((ms: number) => sleep(ms, options.signal))
  const end = now() + options.budgetMs
  for (let count = 0; ; count += 1) {
    try {
      return await attempt()
    } catch (error) {
      const delay = delayOf(count, options)
      if (options.signal?.aborted || options.retryable?.(error) === false || now() + delay >= end) throw error
      options.onRetry?.(error, delay)
      await pause(delay)
      if (options.signal?.aborted) throw error
    }
  }
}

/** Exponential with jitter: the delay after attempt `count`, counted from 0, in milliseconds. */
export function delayOf(count: number, options: Omit<RetryOptions, 'budgetMs'>): number {
  const full = Math.min((options.firstDelayMs ?? 100) * 2 ** Math.min(count, 30), options.maxDelayMs ?? 5_000)
  const share = options.jitter ?? 0.5
  return full * (1 - share) + full * share * (options.random ?? Math.random)()
}
