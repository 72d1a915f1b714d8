import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import type { Logger } from '@tillit/service-kit'
import { KeyKeeper } from '../domain/key-keeper.js'
import { KeyRing } from '../domain/key-ring.js'
import { MemoryKeyStore, MemoryPublisher, PlainVault } from '../memory-store.fixture.js'
import { tendKeys } from './tend-keys.js'

const HOUR = 3_600_000

const setUp = () => {
  const store = new MemoryKeyStore(Date.now)
  const publisher = new MemoryPublisher()
  const ring = new KeyRing()
  const warnings: unknown[] = []
  const log = { warn: (fields: unknown) => warnings.push(fields) } as unknown as Logger
  const policy = { algs: ['ES256' as const], maxTokenLifetimeMs: HOUR }
  const vault = new PlainVault()
  const keeper = new KeyKeeper({ store, vault, ring, publisher, policy, now: Date.now, onStep: () => undefined })
  return { store, publisher, ring, warnings, vault, part: tendKeys({ keeper, ring, algs: ['ES256'], log }) }
}

describe('tending keys', () => {
  beforeEach(() => void jest.useFakeTimers({ now: 1_000_000_000_000 }))
  afterEach(() => void jest.useRealTimers())

  it('fails to start, and is not ready, without a database; starts when it is there', async () => {
    const { store, part } = setUp()
    store.down = true
    await expect(part.start?.()).rejects.toThrow('no database')
    expect(part.ready?.()).toBe('no active key for ES256')
    store.down = false
    await part.start?.()
    expect(part.ready?.()).toBe(true)
    await part.stop?.()
  })

  it('stays ready when the database goes, warns, and does what is due when it is back', async () => {
    const { store, part, publisher, warnings, ring } = setUp()
    await part.start?.()
    store.down = true
    await jest.advanceTimersByTimeAsync(2 * HOUR)
    expect([part.ready?.(), warnings.length > 0, publisher.sealed]).toEqual([true, true, ['sealed 0']])
    store.down = false
    await jest.advanceTimersByTimeAsync(30_000)
    expect(publisher.sealed).toEqual(['sealed 1', 'sealed 0'])
    expect(ring.active('ES256')?.kid).toBe('ES256-1')
    await part.stop?.()
  })

  it('does nothing more after its stop', async () => {
    const { part, vault } = setUp()
    await part.start?.()
    await part.stop?.()
    await jest.advanceTimersByTimeAsync(40 * 24 * HOUR)
    expect(vault.made).toBe(2)
    expect(jest.getTimerCount()).toBe(0)
  })

  it('follows what another replica published without failing', async () => {
    const { store, part, ring, warnings } = setUp()
    await part.start?.()
    store.down = true
    await part.follow(ring.revision + 1, [{ kid: 'ES256-2', alg: 'ES256', status: 'active' }])
    expect([ring.active('ES256')?.kid, warnings.length]).toEqual(['ES256-2', 1])
    await part.stop?.()
  })
})
