import { describe, expect, it } from '@jest/globals'
import { headers } from '@nats-io/nats-core'
import { fakeClock } from '../../../testkit/src/index.js'
import { NatsUnavailable } from '../nats/errors.js'
import type { RawReply } from '../nats/types.js'
import type { BucketApi } from './bucket-api.js'
import { Loader } from './loader.js'

function stored(seq: number): RawReply {
  const head = headers()
  head.set('Nats-Sequence', `${seq}`)
  head.set('Nats-Time-Stamp', '2026-01-01T00:00:00Z')
  return { subject: 'x', data: Buffer.from('{}'), headers: head }
}

function setup(answers: (RawReply | undefined)[], loadsPerSecond = 100) {
  const asked: string[] = []
  const api = {
    latest: (key: string) => {
      asked.push(key)
      return Promise.resolve(answers.length > 1 ? answers.shift() : answers[0])
    },
  } as unknown as BucketApi
  return { asked, loader: new Loader({ api, loadsPerSecond, now: fakeClock().now, watchedSeq: () => 7 }) }
}

describe('Loader', () => {
  it('makes one load of many askers for a key', async () => {
    const { loader, asked } = setup([stored(3)])
    const loads = [loader.load('a'), loader.load('a'), loader.load('a')]
    expect(loader.isLoading('a')).toBe(true)
    expect((await Promise.all(loads)).map(({ seq }) => seq)).toEqual([3, 3, 3])
    expect(asked).toEqual(['a'])
    expect(loader.isLoading('a')).toBe(false)
  })

  it('does not take from a lagging replica what the watch has overtaken', async () => {
    const { loader, asked } = setup([stored(3), undefined, stored(9)])
    loader.note('a', 9)
    expect((await loader.load('a')).seq).toBe(9)
    expect(asked).toHaveLength(3)
    const behind = setup([stored(3)])
    behind.loader.note('a', 9)
    await expect(behind.loader.load('a')).rejects.toBeInstanceOf(NatsUnavailable)
  })

  it('an absent key is absent as of what the watch had shown', async () => {
    expect(await setup([undefined]).loader.load('a')).toEqual({ key: 'a', seq: 7, data: undefined })
  })

  it('never sends a key that a bucket cannot have (J02)', async () => {
    const { loader, asked } = setup([stored(1)])
    for (const key of ['client.>', '*', 'a b', 'a\r\nPUB x', '', 'x'.repeat(2_000)])
      expect((await loader.load(key)).data).toBeUndefined()
    expect(asked).toEqual([])
  })

  it('is limited', async () => {
    const { loader } = setup([stored(1)], 2)
    await loader.load('a')
    await loader.load('b')
    await expect(loader.load('c')).rejects.toBeInstanceOf(NatsUnavailable)
  })
})
