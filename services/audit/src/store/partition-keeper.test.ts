import { describe, expect, it, jest } from '@jest/globals'
import { createLogger } from '@tillit/service-kit'
import type { GapStore, PartitionStore } from '../domain/ports.js'
import { partitionKeeper } from './partition-keeper.js'

const log = createLogger({ service: 'audit', instance: 'a', level: 'silent', environment: 'test' })
const forget = jest.fn<GapStore['forget']>().mockResolvedValue()
const gaps = { forget }
const DAY_MS = 86_400_000

describe('partitionKeeper', () => {
  it('makes yesterday to a week ahead, and drops by the retention of each table', async () => {
    const ensure = jest.fn<PartitionStore['ensure']>().mockResolvedValue()
    const drop = jest.fn<PartitionStore['drop']>().mockResolvedValue([])
    const keeper = partitionKeeper({ partitions: { ensure, drop }, gaps }, { event: 1_826, spend: 31 }, log)
    await keeper.start?.()
    await keeper.stop?.()
    const [from, to] = ensure.mock.calls[0] ?? [0, 0]
    expect((to - from) / DAY_MS).toBeCloseTo(8, 3)
    expect(drop.mock.calls).toEqual([
      ['event', 1_826],
      ['spend', 31],
      ['spent_proof', 1],
    ])
  })

  it('starts without the database and tries again', async () => {
    const ensure = jest.fn<PartitionStore['ensure']>().mockRejectedValue(new Error('away'))
    const keeper = partitionKeeper(
      { partitions: { ensure, drop: jest.fn<PartitionStore['drop']>() }, gaps },
      { event: 1_826, spend: 31 },
      log,
    )
    await expect(keeper.start?.()).resolves.toBeUndefined()
    await keeper.stop?.()
  })
})
