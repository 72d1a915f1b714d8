import { expect, it } from '@jest/globals'
import type { KeyRecord, KeyState, KeyStatus } from './domain/key-state.js'
import type { KeyStore } from './domain/ports.js'

/** 2026-09-01T08:00:00Z, the clock of the store under test. */
export const STORE_TIME = 1_788_249_600_000

const key = (kid: string, status: KeyStatus, change: Partial<KeyRecord> = {}): KeyRecord => ({
  kid,
  alg: 'ES256',
  purpose: 'access',
  status,
  publicJwk: { kty: 'EC', crv: 'P-256', x: kid, y: 'y' },
  wrapped: Buffer.from(`wrapped ${kid}`),
  createdAt: STORE_TIME + kid.length,
  notBefore: STORE_TIME,
  activatedAt: undefined,
  removeAfter: undefined,
  ...change,
})

const retired = (one: KeyRecord): KeyRecord => ({
  ...one,
  status: 'retired',
  wrapped: undefined,
  removeAfter: STORE_TIME + 5,
})

const secret = (id: number, createdAt: number) => ({ id, createdAt, wrapped: Buffer.from(`secret ${id}`) })

/** Bytes as text, so that a Buffer equals any other array with the same bytes. */
const plain = (state: KeyState): unknown => {
  const readable = <T extends { readonly wrapped: Uint8Array | undefined }>(row: T) => ({
    ...row,
    wrapped: row.wrapped && Buffer.from(row.wrapped).toString(),
  })
  return { ...state, keys: state.keys.map(readable), secrets: state.secrets.map(readable) }
}

/** What every key store does. `open`: an empty store, or another view of the one that was opened last. */
export function describeKeyStore(open: (options: { empty: boolean }) => Promise<KeyStore>): void {
  it('begins empty', async () => {
    const store = await open({ empty: true })
    expect(await store.read()).toEqual({ keysRevision: 0, keys: [], nonceRevision: 0, secrets: [] })
  })

  it('gives back what was put in, secrets newest first, with a revision at least the clock in seconds', async () => {
    const store = await open({ empty: true })
    const keys = [key('a', 'active', { activatedAt: STORE_TIME }), key('bb', 'prepublished')]
    const secrets = [secret(1, STORE_TIME + 9), secret(0, STORE_TIME)]
    const state = await store.change((at) => Promise.resolve({ ...at, keys, secrets }))
    expect(state.keysRevision).toBe(STORE_TIME / 1000)
    expect(plain(await store.read())).toEqual(plain({ ...state, keys, secrets }))
    expect(plain(await (await open({ empty: false })).read())).toEqual(plain(state))
  })

  it('counts revisions apart, and not where nothing changed', async () => {
    const store = await open({ empty: true })
    const first = await store.change((at) => Promise.resolve({ ...at, keys: [key('a', 'active')] }))
    const second = await store.change((at) => Promise.resolve({ ...at, secrets: [secret(0, STORE_TIME)] }))
    const third = await store.change(() => Promise.resolve(undefined))
    const fourth = await store.change((at) => Promise.resolve({ ...at, keys: [...at.keys] }))
    expect([first, second, third, fourth].map((state) => state.keysRevision - first.keysRevision)).toEqual([0, 0, 0, 1])
    expect([first, second, third, fourth].map((state) => state.nonceRevision > 0)).toEqual([false, true, true, true])
  })

  it('rotates: the spare takes the place that the active key leaves, in one change', async () => {
    const store = await open({ empty: true })
    const [active, spare] = [key('a', 'active'), key('bb', 'prepublished')]
    await store.change((at) => Promise.resolve({ ...at, keys: [active, spare] }))
    const next = [
      retired(active),
      { ...spare, status: 'active' as const, activatedAt: STORE_TIME },
      key('ccc', 'prepublished'),
    ]
    await store.change((at) => Promise.resolve({ ...at, keys: next }))
    expect((await store.read()).keys.map(({ kid, status, wrapped }) => [kid, status, wrapped !== undefined])).toEqual([
      ['a', 'retired', false],
      ['bb', 'active', true],
      ['ccc', 'prepublished', true],
    ])
  })

  it('forgets keys and secrets that are left out', async () => {
    const store = await open({ empty: true })
    const secrets = [secret(1, STORE_TIME + 9), secret(0, STORE_TIME)]
    await store.change((at) => Promise.resolve({ ...at, keys: [key('a', 'active')], secrets }))
    await store.change((at) => Promise.resolve({ ...at, keys: [], secrets: secrets.slice(0, 1) }))
    const state = await store.read()
    expect([state.keys, state.secrets.map(({ id }) => id)]).toEqual([[], [1]])
  })

  it('lets one decide at a time: nobody makes a key where another just made one', async () => {
    const views = [await open({ empty: true }), await open({ empty: false }), await open({ empty: false })]
    let made = 0
    const makeOne = (at: KeyState): Promise<KeyState | undefined> =>
      Promise.resolve(at.keys.length > 0 ? undefined : { ...at, keys: [key(`k${(made += 1)}`, 'active')] })
    const states = await Promise.all(views.map((view) => view.change(makeOne)))
    expect([made, ...states.map((state) => state.keys[0]?.kid)]).toEqual([1, 'k1', 'k1', 'k1'])
  })

  it('changes nothing where the decision fails', async () => {
    const store = await open({ empty: true })
    await expect(store.change(() => Promise.reject(new Error('no key made')))).rejects.toThrow('no key made')
    expect((await store.read()).keys).toEqual([])
    expect((await store.change((at) => Promise.resolve({ ...at, keys: [key('a', 'active')] }))).keys).toHaveLength(1)
  })
}
