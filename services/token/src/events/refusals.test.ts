import { beforeEach, describe, expect, it } from '@jest/globals'
import { eventTypes, RequestRefused } from '@tillit/events'
import type { Logger } from '@tillit/service-kit'
import { Compile } from 'typebox/compile'
import { createRefusals, type Refusals } from './refusals.js'
import { RefusalTally } from './tally.js'

let emitted: { type: string; data: unknown }[]
let lines: [object, string][]
let now: number
let refusals: Refusals
beforeEach(() => {
  emitted = []
  lines = []
  now = 1_000
  const log = { warn: (line: object, text: string) => lines.push([line, text]) } as unknown as Logger
  refusals = createRefusals({ producer: { emit: (type, data) => emitted.push({ type, data }) }, log, now: () => now })
})
const refusal = {
  endpoint: 'token',
  error: 'invalid_scope',
  cause: 'scope_not_registered',
  clientId: 'ehr',
  organisation: '999977774',
}

describe('refusals', () => {
  it('are told once for each kind and client, with a count', async () => {
    for (let i = 0; i < 1_000; i++) {
      now += 1
      refusals.add(refusal, 'told')
    }
    refusals.add({ ...refusal, clientId: 'other' }, 'told')
    await refusals.flush?.()
    expect(emitted).toHaveLength(2)
    expect(emitted[0]).toEqual({
      type: eventTypes.requestRefused,
      data: { ...refusal, count: 1_000, first: '1970-01-01T00:00:01.001Z', last: '1970-01-01T00:00:02.000Z' },
    })
    expect(lines).toHaveLength(2)
    expect(lines[0]).toEqual([expect.objectContaining({ 'client.id': 'ehr', 'refusal.count': 1_000 }), 'told'])
    await refusals.flush?.()
    expect([emitted.length, lines.length]).toEqual([2, 2])
  })

  it('fit their contract, with and without a client', async () => {
    const contract = Compile(RequestRefused)
    refusals.add(refusal, '')
    refusals.add({ endpoint: 'token', error: 'invalid_client', cause: 'client_auth' }, '')
    await refusals.flush?.()
    expect(emitted.map(({ data }) => contract.Check(data))).toEqual([true, true])
  })

  it('warnings are a line and no event', async () => {
    refusals.warn(refusal)
    await refusals.flush?.()
    expect([emitted.length, lines.length]).toEqual([0, 1])
  })
})

describe('RefusalTally', () => {
  it('stays bounded: beyond its size clients are counted together', () => {
    const tally = new RefusalTally(10)
    for (let i = 0; i < 5_000; i++) tally.add({ ...refusal, clientId: `c${i}` }, '', i)
    const taken = tally.take()
    expect(taken.at(-1)).not.toHaveProperty('clientId')
    expect(taken).toHaveLength(11)
    expect(taken.at(-1)).toMatchObject({ cause: refusal.cause, count: 4_990, first: 10, last: 4_999 })
    expect(taken.reduce((sum, { count }) => sum + count, 0)).toBe(5_000)
  })
})
