import { beforeEach, describe, expect, it } from '@jest/globals'
import type { PublishedKey } from '../domain/jwks.js'
import { ecKey } from '../domain/registry.fixture.js'
import { FakeModel } from './fake-model.fixture.js'
import { createKeyStore, type KeySet, type KeyStore } from './published-keys.js'

const key = (kid: string, rest: Partial<PublishedKey> = {}): PublishedKey => ({
  kid,
  alg: 'ES256',
  status: 'active',
  jwk: ecKey().jwk,
  ...rest,
})
let now: number
let model: FakeModel<KeySet>
let store: KeyStore
const kids = (jwks: ReturnType<KeyStore['current']>): (string | undefined)[] =>
  jwks?.keys.map((jwk) => jwk['kid']) ?? []
beforeEach(() => {
  now = 1_000_000
  model = new FakeModel()
  store = createKeyStore(model, () => now)
})

describe('published keys', () => {
  it('nothing is served or trusted before the first keys arrive', () => {
    expect([store.current(), store.retired(), store.hasActive(), store.find('a')]).toEqual([
      undefined,
      undefined,
      false,
      undefined,
    ])
  })

  it('prepublished, active and retired keys are published and trusted; withdrawn ones never', () => {
    model.set({
      keys: [
        key('next', { status: 'prepublished' }),
        key('now'),
        key('old', { status: 'retired', removeAfter: 1_001 }),
        key('bad', { status: 'withdrawn' }),
      ],
    })
    expect(kids(store.current())).toEqual(['next', 'now', 'old'])
    expect(kids(store.retired())).toEqual(['old'])
    expect(['next', 'now', 'old', 'bad', 'none'].map((kid) => store.find(kid) !== undefined)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ])
    now = 1_001_000
    expect(kids(store.current())).toEqual(['next', 'now'])
    expect(kids(store.retired())).toEqual(['old'])
    expect(store.find('old')).toBeUndefined()
  })

  it('J10 shows public members only, whatever the entry holds', () => {
    model.set({ keys: [key('a', { jwk: { ...ecKey().jwk, d: 'secret', k: 'secret', ext: true } })] })
    const [jwk = {}] = store.current()?.keys ?? []
    expect(Object.keys(jwk).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  })

  it('keeps its last keys when the entry disappears: verification outlives NATS', () => {
    model.set({ keys: [key('a')] })
    model.set(null)
    expect([kids(store.current()), store.hasActive()]).toEqual([['a'], true])
  })

  it('a key that cannot be imported verifies nothing and spoils nothing', () => {
    model.set({ keys: [key('broken', { jwk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } }), key('good')] })
    expect([store.find('broken'), store.find('good') !== undefined]).toEqual([undefined, true])
  })

  it('a document is the same object while nothing changes', () => {
    model.set({ keys: [key('a')] })
    const first = store.current()
    expect(store.current()).toBe(first)
    model.set({ keys: [key('b')] })
    expect(store.current()).not.toBe(first)
  })

  it('hasActive needs an active key', () => {
    model.set({ keys: [key('a', { status: 'prepublished' })] })
    expect(store.hasActive()).toBe(false)
  })
})
