import { NatsUnavailable, type ReadModel } from '@tillit/service-kit'
import { eventually, type TestApi } from './contract.js'

export interface Entry {
  readonly revision: number
  readonly name: string
}

export interface ReadModelHarness {
  /** Writes to the bucket and resolves when the broker has it. */
  readonly put: (key: string, entry: Entry) => Promise<unknown>
  readonly remove: (key: string) => Promise<unknown>
  /** A started model. `capacity` small: entries are not all held. */
  readonly model: (options: { capacity: number }) => Promise<ReadModel<Entry>>
  /** A prefix that no other case uses. */
  readonly prefix: () => string
}

/** What `ReadModel` promises, for the fake and for a real bucket. */
export function readModelContract({ describe, it, expect }: TestApi, harness: () => ReadModelHarness): void {
  const entry = (revision: number, name = `r${revision}`): Entry => ({ revision, name })

  describe('ReadModel held whole', () => {
    it('holds what was written before it started, and knows what is absent', async () => {
      const { put, model, prefix } = harness()
      const key = `${prefix()}a`
      await put(key, entry(1))
      const held = await model({ capacity: 10_000 })
      expect(held.get(key)).toEqual(entry(1))
      expect(held.peek(key)).toEqual(entry(1))
      expect(held.get(`${key}x`)).toBeNull()
      expect(held.peek(`${key}x`)).toBeNull()
      expect([...held.entries()].find(([name]) => name === key)?.[1]).toEqual(entry(1))
      expect(held.fresh()).toBe(true)
      expect(held.ready?.()).toBe(true)
    })

    it('follows changes and removals, and tells them', async () => {
      const { put, remove, model, prefix } = harness()
      const key = `${prefix()}b`
      const held = await model({ capacity: 10_000 })
      const told: (string | null)[] = []
      held.onChange((changed, value) => {
        if (changed === key) told.push(value?.name ?? null)
      })
      await put(key, entry(1))
      await eventually(() => expect(held.peek(key)).toEqual(entry(1)))
      await put(key, entry(2))
      await eventually(() => expect(held.peek(key)).toEqual(entry(2)))
      await remove(key)
      await eventually(() => expect(held.peek(key)).toBeNull())
      expect(told).toEqual(['r1', 'r2', null])
      await put(key, entry(3))
      await eventually(() => expect(held.peek(key)).toEqual(entry(3)))
    })

    it('never goes back to a lower revision', async () => {
      const { put, model, prefix } = harness()
      const [key, marker] = [`${prefix()}c`, `${prefix()}marker`]
      const held = await model({ capacity: 10_000 })
      await put(key, entry(7))
      // A bucket keeps one value a key: one that is replaced before it was delivered is never seen.
      await eventually(() => expect(held.peek(key)).toEqual(entry(7)))
      await put(key, entry(5))
      await put(marker, entry(1))
      await eventually(() => expect(held.peek(marker)).toEqual(entry(1)))
      expect(held.peek(key)).toEqual(entry(7))
    })
  })
  notHeldWhole({ describe, it, expect }, harness)
}

function notHeldWhole({ describe, it, expect }: TestApi, harness: () => ReadModelHarness): void {
  const entry = (revision: number): Entry => ({ revision, name: `r${revision}` })

  describe('ReadModel beyond its capacity', () => {
    it('loads on a miss and then follows what it holds', async () => {
      const { put, model, prefix } = harness()
      const start = prefix()
      for (let n = 0; n < 20; n += 1) await put(`${start}k${n}`, entry(n + 1))
      const held = await model({ capacity: 5 })
      for (let n = 0; n < 20; n += 1) expect(await held.get(`${start}k${n}`)).toEqual(entry(n + 1))
      expect(await held.get(`${start}nobody`)).toBeNull()
      await put(`${start}k19`, entry(50))
      await eventually(() => expect(held.peek(`${start}k19`)).toEqual(entry(50)))
    })

    it('learns that a key which was absent has come', async () => {
      const { put, model, prefix } = harness()
      const start = prefix()
      for (let n = 0; n < 8; n += 1) await put(`${start}k${n}`, entry(1))
      const held = await model({ capacity: 2 })
      expect(await held.get(`${start}late`)).toBeNull()
      await put(`${start}late`, entry(9))
      for (let turn = 0; turn < 200 && (await held.get(`${start}late`)) === null; turn += 1)
        await new Promise((resolve) => setTimeout(resolve, 10))
      expect(await held.get(`${start}late`)).toEqual(entry(9))
    })

    it('a key that no bucket can have is absent, or refused; never an answer', async () => {
      const { put, model, prefix } = harness()
      for (let n = 0; n < 4; n += 1) await put(`${prefix()}k${n}`, entry(1))
      const held = await model({ capacity: 1 })
      const answer = async (): Promise<Entry | null> => held.get('client.>')
      await answer().then(
        (value) => expect(value).toBeNull(),
        (error: unknown) => expect(error).toBeInstanceOf(NatsUnavailable),
      )
    })
  })
}
