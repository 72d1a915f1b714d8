import { describe, expect, it } from '@jest/globals'
import type { KeysEntry, PartitionsEntry } from '@tillit/events'
import type { Nats } from '@tillit/service-kit'
import type { KeyState } from '../domain/key-state.js'
import { ProofFloor } from '../domain/proof-floor.js'
import { partitionsOf } from './partitions.js'
import { readInfo, watchProofMemory } from './proof-memory.js'
import { createPublisher } from './publish-keys.js'
import { registryOf } from './registry.js'

type Raw = Nats['raw']

describe('the partition map', () => {
  it('is absent while the watch is silent or holds none, and never goes back a generation', () => {
    let entry: PartitionsEntry | null = null
    let fresh = true
    const partitions = partitionsOf({ peek: () => entry, fresh: () => fresh })
    expect(partitions.current()).toBeUndefined()
    entry = { generation: 2, partitions: 16, issueFrom: 0 }
    expect(partitions.current()).toBe(entry)
    fresh = false
    expect(partitions.current()).toBeUndefined()
    fresh = true
    entry = { generation: 1, partitions: 8, issueFrom: 0 }
    expect(partitions.current()).toBeUndefined()
  })
})

describe('the registry', () => {
  it('J02 asks for keys in which input cannot add a level', () => {
    const asked: string[] = []
    const registry = registryOf({ get: (key) => (asked.push(key), null), fresh: () => true })
    void registry.client('a.b>*\r\n')
    void registry.delegation('1', '2')
    expect(asked).toEqual(['client.a_2Eb_3E_2A_0D_0A', 'delegation.1.2'])
  })
})

describe('the memory of proofs', () => {
  const info = (created: string) => Buffer.from(JSON.stringify({ created, state: { first_seq: 1, last_seq: 4 } }))

  it('is read from the answer of the broker; an error is no answer', () => {
    expect(readInfo(info('2026-09-01T08:00:00.5Z'))).toEqual({ created: 1_788_249_600_500, firstSeq: 1, lastSeq: 4 })
    expect(() => readInfo(Buffer.from('{"error":{"code":404}}'))).toThrow('no such stream')
  })

  it('makes the pod unready from a disconnect until the broker has told again', async () => {
    let listener: (up: boolean) => void = () => undefined
    let answer = info('2026-09-01T08:00:00Z')
    const raw = {
      request: () => Promise.resolve({ subject: '', data: answer }),
      onConnection: (given: (up: boolean) => void) => {
        listener = given
        return () => undefined
      },
    } as unknown as Raw
    const floor = new ProofFloor(10_000)
    const placement = { maxBytes: 1_048_576, replicas: 1 }
    const part = watchProofMemory({ nats: { raw }, floor, now: () => 1_788_249_700_000, placement })
    expect(part.ready?.()).toBe('the memory of DPoP proofs is not known')
    await part.start?.()
    expect([part.ready?.(), floor.get()]).toEqual([true, 1_788_249_610_000])
    listener(false)
    expect(part.ready?.()).not.toBe(true)
    answer = info('2026-09-01T08:01:00Z')
    listener(true)
    await new Promise(setImmediate)
    expect([part.ready?.(), floor.get()]).toEqual([true, 1_788_249_670_000])
    await part.stop?.()
  })
})

describe('publishing keys', () => {
  const state: KeyState = {
    keysRevision: 5,
    keys: [],
    nonceRevision: 3,
    secrets: [{ id: 1, wrapped: Buffer.from('wrapped'), createdAt: 2_500 }],
  }
  const setUp = (published: number) => {
    const puts: [string, unknown][] = []
    let reconnect: (up: boolean) => void = () => undefined
    const raw = {
      onConnection: (given: (up: boolean) => void) => ((reconnect = given), () => undefined),
    } as unknown as Raw
    const publish = (subject: string, payload: Uint8Array | string) => {
      puts.push([subject, JSON.parse(payload.toString())])
      return Promise.resolve({ duplicate: false, seq: 1, stream: '' })
    }
    const peek = () => ({ revision: published, keys: [] }) satisfies KeysEntry
    return { puts, publisher: createPublisher({ publish, raw }, { peek }), reconnect: () => reconnect(true) }
  }

  it('puts an entry where the bucket has an older one, and only there', async () => {
    const older = setUp(4)
    await older.publisher.publishKeys(state)
    expect(older.puts).toEqual([['$KV.keys.jwks', { revision: 5, keys: [] }]])
    const same = setUp(5)
    await same.publisher.publishKeys(state)
    expect(same.puts).toEqual([])
  })

  it('puts sealed nonce secrets once, and again after a reconnect; never wrapped ones', async () => {
    const { puts, publisher, reconnect } = setUp(0)
    await publisher.publishNonces(state, ['sealed'])
    await publisher.publishNonces(state, ['sealed'])
    reconnect()
    await publisher.publishNonces(state, ['sealed'])
    const entry = { revision: 3, secrets: [{ id: 1, createdAt: 2, sealed: 'sealed' }] }
    expect(puts).toEqual([
      ['$KV.nonce.dpop', entry],
      ['$KV.nonce.dpop', entry],
    ])
  })
})
