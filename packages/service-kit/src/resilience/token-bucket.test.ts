import { describe, expect, it } from '@jest/globals'
import { fakeClock } from '../../../testkit/src/index.js'
import { TokenBucket } from './token-bucket.js'

describe('TokenBucket', () => {
  it('takes a burst, then as many as come in, and says how long to wait', () => {
    const clock = fakeClock()
    const bucket = new TokenBucket({ perSecond: 2, burst: 3, now: clock.now })
    expect([1, 2, 3, 4].map(() => bucket.take('a'))).toEqual([0, 0, 0, 1])
    clock.advance(500)
    expect([bucket.take('a'), bucket.take('a')]).toEqual([0, 1])
  })

  it('keeps keys apart, and takes a limit for one key', () => {
    const bucket = new TokenBucket({ perSecond: 1, burst: 1, now: fakeClock().now })
    expect([bucket.take('a'), bucket.take('b'), bucket.take('a')]).toEqual([0, 0, 1])
    expect([1, 2].map(() => bucket.take('c', { perSecond: 0.1, burst: 1 }))).toEqual([0, 10])
  })

  it('is not filled by a clock that goes back, and never beyond the burst', () => {
    const clock = fakeClock()
    const bucket = new TokenBucket({ perSecond: 10, burst: 2, now: clock.now })
    bucket.take('a')
    bucket.take('a')
    clock.advance(-3_600_000)
    expect(bucket.take('a')).toBeGreaterThan(0)
    clock.advance(7_200_000)
    expect([1, 2, 3].map(() => bucket.take('a'))).toEqual([0, 0, 1])
  })
})
