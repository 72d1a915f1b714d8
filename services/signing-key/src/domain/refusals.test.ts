import { describe, expect, it } from '@jest/globals'
import { Refusals } from './refusals.js'

describe('Refusals', () => {
  it('J09 become one report for each requester, client and rule', () => {
    const refusals = new Refusals()
    for (let i = 0; i < 5_000; i += 1) refusals.count('token', 'ehr', 'lifetime')
    refusals.count('token', undefined, 'client_known')
    expect(refusals.take()).toEqual([
      { requester: 'token', clientId: 'ehr', rule: 'lifetime', count: 5_000 },
      { requester: 'token', rule: 'client_known', count: 1 },
    ])
    expect(refusals.take()).toEqual([])
  })

  it('J09 of very many clients stay bounded and are all counted', () => {
    const refusals = new Refusals()
    for (let i = 0; i < 5_000; i += 1) refusals.count('token', `client-${i}`, 'lifetime')
    const reports = refusals.take()
    expect(reports.length).toBeLessThanOrEqual(1_001)
    expect(reports.reduce((sum, { count }) => sum + count, 0)).toBe(5_000)
  })
})
