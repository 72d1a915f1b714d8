import { describe, expect, it } from '@jest/globals'
import { isUuidV7, timeOfUuidV7 } from '@tillit/oauth'
import { uuid7 } from './uuid7.js'

describe('uuid7', () => {
  it('carries its millisecond and is unique', () => {
    const now = Date.UTC(2026, 5, 1, 12, 0, 0, 7)
    const ids = Array.from({ length: 1_000 }, () => uuid7(now))
    expect(new Set(ids).size).toBe(1_000)
    expect(ids.every(isUuidV7)).toBe(true)
    expect(new Set(ids.map(timeOfUuidV7))).toEqual(new Set([now]))
  })
})
