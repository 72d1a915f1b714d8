import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { missingIn } from './ranges.js'

const range = (from: number, to = from) => ({ from, to })

describe('missingIn', () => {
  it('names what no island covers', () => {
    expect(missingIn(range(1, 9), [range(2, 3), range(7, 8)])).toEqual([range(1), range(4, 6), range(9)])
    expect(missingIn(range(1, 3), [])).toEqual([range(1, 3)])
    expect(missingIn(range(1, 3), [range(1, 3)])).toEqual([])
    expect(missingIn(range(4, 3), [])).toEqual([])
  })

  it('takes islands in any order, overlapping and sticking out', () => {
    const small = fc.integer({ min: 0, max: 30 })
    const island = fc.tuple(small, small).map(([a, b]) => range(Math.min(a, b), Math.max(a, b)))
    fc.assert(
      fc.property(fc.array(island), (islands) => {
        const covered = (n: number) => islands.some(({ from, to }) => from <= n && n <= to)
        const listed = missingIn(range(5, 20), islands).flatMap(({ from, to }) =>
          Array.from({ length: to - from + 1 }, (_, i) => from + i),
        )
        expect(listed).toEqual(Array.from({ length: 16 }, (_, i) => 5 + i).filter((n) => !covered(n)))
      }),
    )
  })
})
