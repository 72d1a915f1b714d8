import { describe, expect, it } from '@jest/globals'
import { progressOf } from './progress.js'
import { aRecord } from './record.fixture.js'

const place = { producer: 'signing-key/a', epoch: 'e' }
const broker = { stream: 'AUDIT_EVENTS', seq: 1, storedMs: 5_000 }

describe('progressOf', () => {
  it('joins what arrived and what was announced', () => {
    const beat = { closed: false, last: { ISSUANCE_0: 9, AUDIT_EVENTS: 2 } }
    const { epochs, sequences } = progressOf([
      aRecord({ ...place, stream: 'ISSUANCE_0', n: 7, broker: { ...broker, storedMs: 4_000 } }),
      aRecord({ ...place, stream: 'ISSUANCE_0', n: 6, broker }),
      aRecord({ ...place, stream: 'AUDIT_EVENTS', n: 2, broker, beat }),
    ])
    expect(epochs).toEqual([{ ...place, beats: true, closed: false, lastSeenMs: 5_000 }])
    expect(sequences).toEqual([
      { ...place, stream: 'AUDIT_EVENTS', highest: 2, announced: 2 },
      { ...place, stream: 'ISSUANCE_0', highest: 7, announced: 9 },
    ])
  })

  it('an epoch that closed stays closed, in whatever order the batch has it', () => {
    const closed = aRecord({ ...place, broker, beat: { closed: true, last: {} } })
    const late = aRecord({ ...place, broker })
    for (const batch of [
      [closed, late],
      [late, closed],
    ])
      expect(progressOf(batch).epochs[0]).toMatchObject({ closed: true, beats: true })
  })

  it('gives the same order whatever the order of the batch, so that two replicas never deadlock', () => {
    const records = ['b', 'a', 'c'].map((epoch) => aRecord({ epoch, broker }))
    expect(progressOf(records)).toEqual(progressOf([...records].reverse()))
  })

  it('does not count audit\u2019s own events', () => {
    const { broker: _none, ...own } = aRecord()
    expect(progressOf([own])).toEqual({ epochs: [], sequences: [] })
  })
})
