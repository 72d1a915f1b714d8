import { describe, expect, it } from '@jest/globals'
import { fakeStore } from '../store/store.fake.js'
import { ingest } from './ingest.js'
import { aRecord } from './record.fixture.js'
import type { Conflict, Malformed } from './record.js'

function setUp() {
  const store = fakeStore()
  const heard: { conflicts: Conflict[]; malformed: Malformed[] } = { conflicts: [], malformed: [] }
  const alarms = {
    conflict: (one: Conflict) => void heard.conflicts.push(one),
    malformed: (one: Malformed) => void heard.malformed.push(one),
  }
  return { store, heard, deps: { store: store.events, alarms, refusesData: store.refusesData } }
}
const poison = () => aRecord({ organisations: ['\u0000'] })

describe('ingest', () => {
  it('finds the one record that the database refuses and sets it aside; the others are kept', async () => {
    const { store, heard, deps } = setUp()
    const good = Array.from({ length: 20 }, () => aRecord())
    const bad = poison()
    const saved = await ingest({ records: [...good.slice(0, 13), bad, ...good.slice(13)], malformed: [] }, deps)
    expect(saved.inserted).toBe(20)
    expect(store.records.map(({ id }) => id).sort()).toEqual(good.map(({ id }) => id).sort())
    expect(heard.malformed).toHaveLength(1)
    expect(new TextDecoder().decode(store.malformed[0]?.raw)).toBe(bad.body)
  })

  it('keeps malformed messages once, however often a batch is halved', async () => {
    const { store, deps } = setUp()
    const malformed = { brokerStream: 'S', seq: 1, subject: 's', reason: 'r', raw: new Uint8Array([1]) }
    await ingest({ records: [poison(), poison(), aRecord()], malformed: [malformed] }, deps)
    expect(store.malformed).toHaveLength(3)
  })

  it('throws while the database is away, so that nothing is acknowledged, and loses nothing after', async () => {
    const { store, heard, deps } = setUp()
    const batch = { records: [aRecord(), aRecord()], malformed: [] }
    store.setAway(true)
    await expect(ingest(batch, deps)).rejects.toThrow('ECONNREFUSED')
    store.setAway(false)
    expect((await ingest(batch, deps)).inserted).toBe(2)
    expect(await ingest(batch, deps)).toMatchObject({ inserted: 0, repeated: 2 })
    expect(heard).toEqual({ conflicts: [], malformed: [] })
  })

  it('raises a conflict once, also when the batch comes again', async () => {
    const { heard, deps } = setUp()
    const first = aRecord()
    const forged = { ...first, body: first.body.replace('{}', '{"forged":1}') }
    await ingest({ records: [first], malformed: [] }, deps)
    await ingest({ records: [forged], malformed: [] }, deps)
    await ingest({ records: [forged], malformed: [] }, deps)
    expect(heard.conflicts).toMatchObject([{ kind: 'event', key: first.id }])
  })

  it('asks nothing of the database for an empty batch', async () => {
    const { store, deps } = setUp()
    store.setAway(true)
    expect((await ingest({ records: [], malformed: [] }, deps)).inserted).toBe(0)
  })
})
