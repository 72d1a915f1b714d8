import { randomUUID } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { uuid7 } from '@tillit/service-kit'
import { aRecord } from '../domain/record.fixture.js'
import type { EventStore, GapStore, ProofStore } from '../domain/ports.js'
import type { EventQuery } from '../domain/queries.js'
import type { AuditRecord, Malformed } from '../domain/record.js'
import { decideSweep } from '../domain/sweep.js'
import type { SweepDecision, SweepRules } from '../domain/sweep.js'

export interface StoreUnderTest {
  readonly events: EventStore
  readonly gaps: GapStore
  readonly proofs: ProofStore
  readonly refusesData: (err: unknown) => boolean
}

const MINUTE = 60_000
const save = (store: StoreUnderTest, ...records: AuditRecord[]) => store.events.save({ records, malformed: [] })
const lately = (filters: Partial<EventQuery>): EventQuery => ({
  fromMs: Date.now() - 60 * MINUTE,
  toMs: Date.now() + MINUTE,
  limit: 50,
  ...filters,
})

/** What every store of audit holds to: the fake in memory and the one in PostgreSQL. It may already hold other records. */
export function auditStoreSuite(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(name, () => {
    keepingCases(open)
    findingCases(open)
    sweepingCases(open)
    it('D01 a proof is spent once, also by many at the same time', async () => {
      const { proofs } = await open()
      const [id, exp] = [randomUUID(), new Date(Math.ceil(Date.now() / 1000) * 1000 + 120_000)]
      const spent = await Promise.all(Array.from({ length: 8 }, () => proofs.spend(id, exp)))
      expect(spent.filter(Boolean)).toHaveLength(1)
      expect(await proofs.spend(randomUUID(), exp)).toBe(true)
    })
  })
}

function keepingCases(open: () => Promise<StoreUnderTest>): void {
  it('keeps a record as it came and passes over the same one', async () => {
    const store = await open()
    const record = aRecord({ clientId: randomUUID(), data: { text: "'; DROP TABLE event; -- \r\n\u0000 \ud800" } })
    expect((await save(store, record, record)).inserted).toBe(1)
    expect(await save(store, record)).toMatchObject({ inserted: 0, repeated: 1, conflicts: [] })
    const [found] = await store.events.find(lately({ clientId: record.clientId ?? '' }))
    expect(JSON.stringify(found?.body)).toBe(JSON.stringify(JSON.parse(record.body)))
  })

  it('sets a different record under a taken id aside, once', async () => {
    const store = await open()
    const first = aRecord({ clientId: randomUUID() })
    const second = { ...first, body: first.body.replace('"data":{}', '"data":{"forged":true}') }
    await save(store, first)
    const { conflicts, inserted } = await save(store, second)
    expect([inserted, conflicts]).toEqual([0, [{ kind: 'event', key: first.id, record: second }]])
    expect((await save(store, second)).conflicts).toEqual([])
    const [found] = await store.events.find(lately({ clientId: first.clientId ?? '' }))
    expect(found?.body['data']).toEqual({})
  })

  it('reports a spend that a second record used, and keeps that record', async () => {
    const store = await open()
    const spend = { hash: randomUUID().padEnd(43, 'x'), expMs: Math.ceil(Date.now() / 1000) * 1000 + 60_000 }
    const [first, second] = [aRecord({ spend }), aRecord({ spend })]
    expect((await save(store, first)).conflicts).toEqual([])
    const saved = await save(store, second)
    expect([saved.inserted, saved.conflicts]).toEqual([1, [{ kind: 'spend', key: spend.hash, record: second }]])
  })

  it('sets malformed messages aside, once', async () => {
    const store = await open()
    const raw = new TextEncoder().encode(`\u0000${randomUUID()}`)
    const malformed: Malformed = { brokerStream: 'AUDIT_EVENTS', seq: 7, subject: 'audit.evt.x', reason: 'test', raw }
    expect((await store.events.save({ records: [], malformed: [malformed] })).malformed).toHaveLength(1)
    expect((await store.events.save({ records: [], malformed: [malformed] })).malformed).toEqual([])
  })

  it('keeps all of a batch or nothing, and tells a value that it never takes', async () => {
    const store = await open()
    const good = aRecord({ clientId: randomUUID() })
    const thrown = await save(store, good, aRecord({ organisations: ['\u0000'] })).catch((err: unknown) => err)
    expect(store.refusesData(thrown)).toBe(true)
    expect(store.refusesData(new Error('connection refused'))).toBe(false)
    expect(await store.events.find(lately({ clientId: good.clientId ?? '' }))).toEqual([])
  })

  it('two replicas with the same messages keep each once', async () => {
    const store = await open()
    const clientId = randomUUID()
    const records = Array.from({ length: 40 }, () => aRecord({ clientId }))
    const both = await Promise.all([save(store, ...records), save(store, ...[...records].reverse())])
    expect(both.map((one) => one.inserted + one.repeated)).toEqual([40, 40])
    expect(both[0].inserted + both[1].inserted).toBe(40)
    expect(await store.events.find(lately({ clientId, limit: 100 }))).toHaveLength(40)
  })
}

function findingCases(open: () => Promise<StoreUnderTest>): void {
  it('finds by client, organisation, jti, type and time', async () => {
    const store = await open()
    const clientId = randomUUID()
    const old = Date.now() - 30 * MINUTE
    const token = aRecord({ clientId, jti: randomUUID(), organisations: ['999977774', '999977776'] })
    const other = aRecord({
      clientId,
      type: 'no.tillit.request.refused.v1',
      organisations: ['313745392'],
      id: uuid7(old),
    })
    await save(store, token, other)
    const idsOf = async (filters: Partial<EventQuery>) =>
      (await store.events.find(lately({ clientId, ...filters }))).map(({ id }) => id)
    expect(await idsOf({})).toEqual([token.id, other.id])
    expect(await idsOf({ organisation: '999977776' })).toEqual([token.id])
    expect(await idsOf({ organisation: '313745392' })).toEqual([other.id])
    expect(await idsOf({ jti: token.jti ?? '' })).toEqual([token.id])
    expect(await idsOf({ type: 'no.tillit.request.refused.v1' })).toEqual([other.id])
    expect(await idsOf({ toMs: old + 1 })).toEqual([other.id])
    expect(await idsOf({ fromMs: old + 1 })).toEqual([token.id])
    expect(await idsOf({ clientId: "x' OR '1'='1" })).toEqual([])
  })

  it('pages newest first without losing or repeating, also within one millisecond', async () => {
    const store = await open()
    const [clientId, at] = [randomUUID(), Date.now()]
    const records = Array.from({ length: 7 }, (_, i) => aRecord({ clientId, id: uuid7(at - (i >> 1)) }))
    await save(store, ...records)
    const seen: string[] = []
    for (let page = await store.events.find(lately({ clientId, limit: 3 })); page.length > 0;) {
      const shown = page.slice(0, 3)
      seen.push(...shown.map(({ id }) => id))
      const last = shown.at(-1)
      page = page.length > 3 && last ? await store.events.find(lately({ clientId, limit: 3, before: last })) : []
    }
    const inOrder = records
      .map(({ id }) => id)
      .sort()
      .reverse()
    expect(seen).toEqual(inOrder)
  })

  it('tells an intent with an outcome from one without', async () => {
    const store = await open()
    const [clientId, epoch] = [randomUUID(), randomUUID()]
    const released = aRecord({ clientId, epoch, n: 1 })
    const unsigned = aRecord({ clientId, epoch, n: 2 })
    const type = 'no.tillit.token.outcome.v1'
    const about = { epoch, stream: 'ISSUANCE_0', n: 2 }
    await save(store, released, unsigned, aRecord({ epoch, n: 3, type, about, data: { reason: 'deadline' } }))
    const found = await store.events.find(lately({ clientId }))
    const reasons = new Map(found.map(({ id, unsignedReason }) => [id, unsignedReason]))
    expect([reasons.get(released.id), reasons.get(unsigned.id)]).toEqual([undefined, 'deadline'])
  })
}

function sweepingCases(open: () => Promise<StoreUnderTest>): void {
  /** One sweep that has read everything up to `atMs`; undefined results (another sweeps) are tried again. */
  async function sweep(store: StoreUnderTest, atMs: number, rules: Partial<SweepRules> = {}): Promise<SweepDecision> {
    const streams = ['AUDIT_EVENTS', 'ISSUANCE_0']
    for (;;) {
      const decision = await store.gaps.sweep((state) =>
        decideSweep(state, {
          nowMs: atMs,
          observed: streams.map((stream) => ({ stream, untilMs: atMs })),
          gapAfterMs: MINUTE,
          silentAfterMs: MINUTE,
          beatStream: 'AUDIT_EVENTS',
          newId: () => uuid7(atMs),
          ...rules,
        }),
      )
      if (decision !== undefined) return decision
    }
  }
  const listed = async (store: StoreUnderTest, epoch: string) =>
    (await store.gaps.list({ openOnly: false, limit: 200 })).filter((gap) => gap.epoch === epoch)
  /** Reads on in steps: a longer pause would start the reading anew. */
  async function readOn(store: StoreUnderTest, fromMs: number, untilMs: number): Promise<SweepDecision[]> {
    const decisions: SweepDecision[] = []
    for (let at = fromMs; at <= untilMs; at += 10_000) decisions.push(await sweep(store, at))
    return decisions
  }
  const alarmsOf = (decisions: readonly SweepDecision[], epoch: string) =>
    decisions.flatMap(({ alarms }) => alarms).filter((alarm) => alarm.epoch === epoch)
  /** Each case begins well after what the store has read already, because readings only go forward. */
  async function later(store: StoreUnderTest): Promise<number> {
    const { readings } = await sweep(store, Date.now(), { observed: [] })
    return Math.max(Date.now(), ...readings.map(({ untilMs }) => untilMs)) + 10 * MINUTE
  }

  it('alarms about a number that never came, once, and ends the gap when it comes', async () => {
    const [store, epoch] = [await open(), randomUUID()]
    const start = await later(store)
    await save(store, aRecord({ epoch, n: 1 }), aRecord({ epoch, n: 4 }))
    expect(alarmsOf(await readOn(store, start, start + 50_000), epoch)).toEqual([])
    const alarms = alarmsOf(await readOn(store, start + 60_000, start + 80_000), epoch)
    expect(alarms).toMatchObject([{ kind: 'missing', stream: 'ISSUANCE_0', from: 2, to: 3 }])
    await save(store, aRecord({ epoch, n: 3 }))
    await readOn(store, start + 90_000, start + 90_000)
    expect(await listed(store, epoch)).toMatchObject([{ from: 2, to: 3 }])
    await save(store, aRecord({ epoch, n: 2 }))
    expect((await sweep(store, start + 100_000)).filled).toEqual([alarms[0]?.id])
    expect((await listed(store, epoch))[0]?.resolvedMs).toBeGreaterThan(0)
  })

  it('does not alarm about what came late, or what an outcome is about', async () => {
    const [store, epoch] = [await open(), randomUUID()]
    const start = await later(store)
    await save(store, aRecord({ epoch, n: 1 }), aRecord({ epoch, n: 5 }))
    await readOn(store, start, start + 20_000)
    const about = { epoch, stream: 'ISSUANCE_0', n: 3 }
    await save(store, aRecord({ epoch, n: 2 }), aRecord({ epoch, n: 4, about }))
    expect(alarmsOf(await readOn(store, start + 30_000, start + 120_000), epoch)).toEqual([])
  })

  it('alarms about a tail that a heartbeat announced and nothing followed', async () => {
    const [store, epoch] = [await open(), randomUUID()]
    const start = await later(store)
    const beat = { closed: true, last: { ISSUANCE_0: 3, AUDIT_EVENTS: 1 } }
    await save(store, aRecord({ epoch, n: 1 }), aRecord({ epoch, n: 1, stream: 'AUDIT_EVENTS', beat }))
    const alarms = alarmsOf(await readOn(store, start, start + 70_000), epoch)
    expect(alarms).toMatchObject([{ kind: 'missing', stream: 'ISSUANCE_0', from: 2, to: 3 }])
  })

  it('closes a silent epoch as a possibly lost tail, and takes it back when it speaks again', async () => {
    const [store, epoch] = [await open(), randomUUID()]
    const start = await later(store)
    const at = (storedMs: number, n: number) =>
      aRecord({
        epoch,
        n,
        stream: 'AUDIT_EVENTS',
        beat: { closed: false, last: { AUDIT_EVENTS: n } },
        broker: { stream: 'AUDIT_EVENTS', seq: n, storedMs },
      })
    await save(store, at(start, 1))
    const alarms = alarmsOf(await readOn(store, start, start + 70_000), epoch)
    expect(alarms).toMatchObject([{ kind: 'lost_tail', stream: 'AUDIT_EVENTS', from: 2 }])
    expect(alarmsOf(await readOn(store, start + 80_000, start + 90_000), epoch)).toEqual([])
    await save(store, at(start + 95_000, 2))
    await sweep(store, start + 100_000)
    expect((await listed(store, epoch))[0]?.resolvedMs).toBeGreaterThan(0)
    expect(alarmsOf(await readOn(store, start + 110_000, start + 160_000), epoch)).toMatchObject([{ from: 3 }])
  })

  it('forgets nothing that is still open, and no alarm', async () => {
    const [store, epoch] = [await open(), randomUUID()]
    const start = await later(store)
    await save(store, aRecord({ epoch, n: 1 }), aRecord({ epoch, n: 3 }))
    await readOn(store, start, start + 60_000)
    await store.gaps.forget(start + 60 * MINUTE)
    await save(store, aRecord({ epoch, n: 4 }))
    expect(alarmsOf(await readOn(store, start + 70_000, start + 140_000), epoch)).toEqual([])
    expect(await listed(store, epoch)).toMatchObject([{ from: 2, to: 2 }])
  })

  it('lists open gaps only when asked so, by pages', async () => {
    const [store, epoch] = [await open(), randomUUID()]
    const start = await later(store)
    await save(store, aRecord({ epoch, n: 1 }), aRecord({ epoch, n: 3 }), aRecord({ epoch, n: 5 }))
    await readOn(store, start, start + 70_000)
    await save(store, aRecord({ epoch, n: 2 }))
    await sweep(store, start + 80_000)
    const open2 = (await store.gaps.list({ openOnly: true, limit: 200 })).filter((gap) => gap.epoch === epoch)
    expect(open2).toMatchObject([{ from: 4, to: 4 }])
    const [first, more] = await store.gaps.list({ openOnly: false, limit: 1 })
    const [second] = await store.gaps.list({
      openOnly: false,
      limit: 1,
      before: { timeMs: first?.alarmedMs ?? 0, id: first?.id ?? '' },
    })
    expect(second?.id).toBe(more?.id)
  })
}
