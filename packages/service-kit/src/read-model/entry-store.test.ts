import { describe, expect, it } from '@jest/globals'
import { EntryStore, isNewer } from './entry-store.js'

const held = (value: string | null, seq = 1, revision?: number) => ({ value, seq, revision })

describe('isNewer', () => {
  it('the higher revision wins over a later sequence; without revisions the sequence decides', () => {
    expect(isNewer({ revision: 4, seq: 9 }, { revision: 5, seq: 1 })).toBe(false)
    expect(isNewer({ revision: 6, seq: 1 }, { revision: 5, seq: 9 })).toBe(true)
    expect(isNewer({ revision: undefined, seq: 9 }, { revision: 5, seq: 1 })).toBe(true)
    expect(isNewer({ revision: undefined, seq: 1 }, { revision: 5, seq: 9 })).toBe(false)
    expect(isNewer({ revision: 5, seq: 3 }, { revision: 5, seq: 2 })).toBe(true)
  })
})

describe('EntryStore', () => {
  it('stays whole up to its capacity, and keeps what it can when it grows over', () => {
    const store = new EntryStore<string>(3, true)
    for (const key of ['a', 'b', 'c']) store.put(key, held(key))
    expect(store.whole).toBe(true)
    store.put('d', held('d'))
    expect(store.whole).toBe(false)
    expect([...store.entries()].map(([key]) => key).sort()).toEqual(['b', 'c', 'd'])
  })

  it('a removal leaves a whole store, and is remembered in one that is not', () => {
    const whole = new EntryStore<string>(3, true)
    whole.put('a', held('a'))
    whole.put('a', held(null, 2))
    expect(whole.get('a')).toBeUndefined()
    const part = new EntryStore<string>(3, false)
    part.put('a', held('a'))
    part.put('a', held(null, 2))
    expect(part.get('a')?.value).toBeNull()
    part.put('a', held('back', 3))
    expect(part.get('a')?.value).toBe('back')
  })

  it('invented keys push out each other, never an entry', () => {
    const store = new EntryStore<string>(8, false)
    for (let n = 0; n < 8; n += 1) store.put(`real${n}`, held('x'))
    for (let n = 0; n < 10_000; n += 1) store.put(`invented${n}`, held(null))
    for (let n = 0; n < 8; n += 1) expect(store.get(`real${n}`)?.value).toBe('x')
    expect(store.get('invented0')).toBeUndefined()
    expect(store.get('invented9999')?.value).toBeNull()
  })
})
