import { describe, expect, it } from '@jest/globals'
import { ProofFloor } from './proof-floor.js'

const NOW = 1_000_000_000
const MARGIN = 10_000

const learnt = (created: number, firstSeq = 5, lastSeq = 9): ProofFloor => {
  const floor = new ProofFloor(MARGIN)
  floor.learn({ created, firstSeq, lastSeq }, { now: NOW, lastSeqBefore: floor.lastSeq })
  return floor
}

describe('ProofFloor', () => {
  it('is unknown before the broker was asked and after the connection was lost', () => {
    const floor = new ProofFloor(MARGIN)
    expect(floor.get()).toBeUndefined()
    floor.learn({ created: NOW, firstSeq: 0, lastSeq: 0 }, { now: NOW, lastSeqBefore: 0 })
    expect(floor.get()).toBe(NOW + MARGIN)
    floor.forget()
    expect(floor.get()).toBeUndefined()
  })

  it('D01 is the creation of the memory plus the margin', () => {
    expect(learnt(NOW - 3_600_000).get()).toBe(NOW - 3_600_000 + MARGIN)
  })

  it('D01 rises when the memory was made anew', () => {
    const floor = learnt(NOW - 3_600_000)
    floor.learn({ created: NOW, firstSeq: 0, lastSeq: 0 }, { now: NOW + 1, lastSeqBefore: floor.lastSeq })
    expect(floor.get()).toBe(NOW + MARGIN)
  })

  it('D01 rises when the sequence went back although the creation time is the same', () => {
    const floor = learnt(NOW - 3_600_000)
    floor.learn({ created: NOW - 3_600_000, firstSeq: 1, lastSeq: 3 }, { now: NOW, lastSeqBefore: floor.lastSeq })
    expect(floor.get()).toBe(NOW + MARGIN)
  })

  it('D01 rises for an old memory that begins with its first message: it was emptied', () => {
    expect(learnt(NOW - 3_600_000, 1, 3).get()).toBe(NOW + MARGIN)
  })

  it('D01 rises when an acknowledgement carries a sequence far below those before', () => {
    const floor = learnt(NOW - 3_600_000, 5_000, 9_000)
    floor.saw(9_001, NOW)
    floor.saw(8_990, NOW)
    expect(floor.get()).toBe(NOW - 3_600_000 + MARGIN)
    floor.saw(1, NOW)
    expect(floor.get()).toBe(NOW + MARGIN)
    expect(floor.lastSeq).toBe(1)
  })

  it('is not raised by proofs that were stored while the broker answered', () => {
    const floor = learnt(NOW - 3_600_000)
    const before = floor.lastSeq
    floor.saw(50, NOW)
    floor.learn({ created: NOW - 3_600_000, firstSeq: 5, lastSeq: 40 }, { now: NOW, lastSeqBefore: before })
    expect([floor.get(), floor.lastSeq]).toEqual([NOW - 3_600_000 + MARGIN, 50])
  })

  it('never falls', () => {
    const floor = learnt(NOW)
    floor.learn({ created: NOW - 500_000, firstSeq: 9, lastSeq: 99 }, { now: NOW, lastSeqBefore: 0 })
    expect(floor.get()).toBe(NOW + MARGIN)
  })
})
