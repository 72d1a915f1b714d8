import { describe, expect, it } from '@jest/globals'
import { delayOf, withRetry } from './with-retry.js'

function setup(failures: number): { attempt: () => Promise<string>; options: object; delays: number[] } {
  const delays: number[] = []
  let at = 0
  let left = failures
  const attempt = (): Promise<string> =>
    left-- > 0 ? Promise.reject(new Error(`failure ${left}`)) : Promise.resolve('done')
  const sleep = (ms: number): Promise<void> => {
    delays.push(ms)
    at += ms
    return Promise.resolve()
  }
  return { attempt, delays, options: { now: () => at, sleep, random: () => 1 } }
}

describe('withRetry', () => {
  it('tries again with growing delays until it works', async () => {
    const { attempt, options, delays } = setup(4)
    await expect(withRetry(attempt, { budgetMs: 10_000, ...options })).resolves.toBe('done')
    expect(delays).toEqual([100, 200, 400, 800])
  })

  it('throws the last error when the budget does not allow another attempt', async () => {
    const { attempt, options, delays } = setup(100)
    await expect(withRetry(attempt, { budgetMs: 1_000, ...options })).rejects.toThrow('failure 96')
    expect(delays).toEqual([100, 200, 400])
  })

  it('does not repeat what is not retryable', async () => {
    const { attempt, options, delays } = setup(2)
    await expect(withRetry(attempt, { budgetMs: 1_000, retryable: () => false, ...options })).rejects.toThrow(
      'failure 1',
    )
    expect(delays).toEqual([])
  })

  it('ends with the signal', async () => {
    const abort = new AbortController()
    const { attempt } = setup(100)
    const waiting = withRetry(attempt, {
      budgetMs: Infinity,
      firstDelayMs: 60_000,
      maxDelayMs: 60_000,
      signal: abort.signal,
    })
    abort.abort()
    await expect(waiting).rejects.toThrow('failure')
  })
})

describe('delayOf', () => {
  it('spreads by the jitter and stays under the ceiling', () => {
    expect(delayOf(0, { firstDelayMs: 100, jitter: 0.5, random: () => 0 })).toBe(50)
    expect(delayOf(60, { firstDelayMs: 100, maxDelayMs: 3_000, jitter: 0, random: () => 1 })).toBe(3_000)
  })
})
