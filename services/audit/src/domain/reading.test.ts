import { describe, expect, it } from '@jest/globals'
import { advanceReadings, readFor, readingOf } from './reading.js'

const NOW = 1_000_000
const at = (untilMs: number) => [{ stream: 'S', untilMs }]

describe('advanceReadings', () => {
  it('carries a reading on while it is not interrupted', () => {
    const first = advanceReadings([], at(NOW), NOW)
    const second = advanceReadings(first, at(NOW + 2_000), NOW + 2_000)
    expect(second).toEqual([{ stream: 'S', sinceMs: NOW, untilMs: NOW + 2_000 }])
  })

  it('begins anew after an interruption, so that an outage of NATS silences nobody', () => {
    const first = advanceReadings([], at(NOW), NOW)
    const second = advanceReadings(first, at(NOW + 90_000), NOW + 90_000)
    expect(second).toEqual([{ stream: 'S', sinceMs: NOW + 90_000, untilMs: NOW + 90_000 }])
  })

  it('never goes back: another replica may be ahead', () => {
    const ahead = advanceReadings([], at(NOW + 5_000), NOW + 5_000)
    expect(advanceReadings(ahead, at(NOW), NOW)).toEqual(ahead)
  })

  it('starts a reading from the future anew: a clock that ran ahead must not alarm early', () => {
    const ahead = [{ stream: 'S', sinceMs: NOW, untilMs: NOW + 3_600_000 }]
    expect(advanceReadings(ahead, at(NOW + 4_000), NOW + 5_000)).toEqual([
      { stream: 'S', sinceMs: NOW + 4_000, untilMs: NOW + 4_000 },
    ])
    expect(advanceReadings([], at(NOW + 3_600_000), NOW)).toEqual([{ stream: 'S', sinceMs: NOW, untilMs: NOW }])
  })
})

describe('readFor', () => {
  const reading = { stream: 'S', sinceMs: NOW, untilMs: NOW + 60_000 }
  it('counts from the later of the hole and the start of the reading', () => {
    expect(readFor(reading, NOW - 500_000)).toBe(60_000)
    expect(readFor(reading, NOW + 20_000)).toBe(40_000)
    expect(readFor(undefined, 0)).toBe(0)
  })

  it('takes the slowest reading for a stream that is not known', () => {
    const readings = [reading, { stream: 'T', sinceMs: NOW + 1, untilMs: NOW + 9 }]
    expect(readingOf(readings, 'X')).toEqual({ stream: 'X', sinceMs: NOW + 1, untilMs: NOW + 9 })
    expect(readingOf(readings, 'S')).toBe(reading)
    expect(readingOf([], 'S')).toBeUndefined()
  })
})
