import { describe, expect, it } from '@jest/globals'
import { RefusalTally } from './refusals.js'

const refusal = { endpoint: '/audit/v1/events', error: 'invalid_token', cause: 'http 401' }

describe('RefusalTally', () => {
  it('counts each kind, with its first and last time', () => {
    const tally = new RefusalTally()
    tally.add(refusal, 10)
    tally.add(refusal, 30)
    tally.add({ ...refusal, clientId: 'ehr' }, 20)
    expect(tally.take()).toEqual([
      { ...refusal, count: 2, firstMs: 10, lastMs: 30 },
      { ...refusal, clientId: 'ehr', count: 1, firstMs: 20, lastMs: 20 },
    ])
    expect(tally.take()).toEqual([])
  })

  it('an attacker with many kinds fills nothing: beyond the bound all is one kind, and no count is lost', () => {
    const tally = new RefusalTally()
    for (let i = 0; i < 10_000; i += 1) tally.add({ ...refusal, clientId: `c${i}` }, i)
    const taken = tally.take()
    expect(taken).toHaveLength(257)
    expect(taken.reduce((sum, { count }) => sum + count, 0)).toBe(10_000)
  })

  it('takes back what could not be kept', () => {
    const tally = new RefusalTally()
    tally.add(refusal, 10)
    const taken = tally.take()
    tally.add(refusal, 50)
    tally.restore(taken)
    expect(tally.take()).toEqual([{ ...refusal, count: 2, firstMs: 10, lastMs: 50 }])
  })
})
