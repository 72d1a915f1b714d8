import { describe, expect, it } from '@jest/globals'
import { decideSweep } from './sweep.js'
import type { SweepDecision, SweepRules, SweepState } from './sweep.js'

const T = 1_700_000_000_000
const KEY = { producer: 'signing-key/a', epoch: 'e1', stream: 'ISSUANCE_0' }
const EMPTY: SweepState = { readings: [], news: [], holes: [], open: [], returned: [] }
let ids = 0
const rules = (nowMs: number, given: Partial<SweepRules> = {}): SweepRules => ({
  nowMs,
  observed: ['ISSUANCE_0', 'AUDIT_EVENTS'].map((stream) => ({ stream, untilMs: nowMs })),
  gapAfterMs: 60_000,
  silentAfterMs: 60_000,
  beatStream: 'AUDIT_EVENTS',
  newId: () => `gap-${(ids += 1)}`,
  ...given,
})
const islands = (...pairs: [number, number][]) => pairs.map(([from, to]) => ({ from, to }))
/** The next state: what was decided, with what has been seen of each hole since. */
const after = (decision: SweepDecision, seen: SweepState['holes'][number]['seen'] = []): SweepState => ({
  ...EMPTY,
  readings: decision.readings,
  holes: decision.holes.map((hole) => ({ ...hole, seen })),
})
const sweepUntil = (start: SweepState, fromMs: number, untilMs: number): SweepDecision => {
  let decision = decideSweep(start, rules(fromMs))
  for (let at = fromMs + 10_000; at <= untilMs; at += 10_000) decision = decideSweep(after(decision), rules(at))
  return decision
}

describe('decideSweep', () => {
  it('finds holes between what arrived and in what was announced', () => {
    const news = { ...KEY, checked: 10, highest: 15, announced: 18, islands: islands([12, 13], [15, 15]) }
    const { holes, checked, alarms } = decideSweep({ ...EMPTY, news: [news] }, rules(T))
    expect(holes.map(({ from, to }) => [from, to])).toEqual([
      [11, 11],
      [14, 14],
      [16, 18],
    ])
    expect(checked).toEqual([{ ...KEY, checked: 18 }])
    expect(alarms).toEqual([])
  })

  const holed: SweepState = {
    ...EMPTY,
    news: [{ ...KEY, checked: 0, highest: 3, announced: 0, islands: islands([1, 1], [3, 3]) }],
  }

  it('alarms 60 s after the hole was noticed, not before, and once', () => {
    expect(sweepUntil(holed, T, T + 50_000).alarms).toEqual([])
    const due = sweepUntil(holed, T, T + 60_000)
    expect(due.alarms).toMatchObject([{ ...KEY, kind: 'missing', from: 2, to: 2, noticedMs: T, alarmedMs: T + 60_000 }])
    expect(decideSweep(after(due), rules(T + 70_000)).alarms).toEqual([])
  })

  it('does not alarm while the stream is not read: audit or NATS may be away', () => {
    const noticed = decideSweep(holed, rules(T))
    const stuck = decideSweep(after(noticed), rules(T + 300_000, { observed: [] }))
    expect(stuck.alarms).toEqual([])
    const back = decideSweep(after(stuck), rules(T + 310_000))
    expect(back.alarms).toEqual([])
    expect(sweepUntil(after(back), T + 320_000, T + 370_000).alarms).toHaveLength(1)
  })

  it('shrinks and splits a hole, and says when the last of it came', () => {
    const gap = { ...KEY, from: 5, to: 9, noticedMs: T, gapId: 'g' }
    const part = decideSweep({ ...EMPTY, holes: [{ ...gap, seen: islands([7, 7]) }] }, rules(T + 5))
    expect(part.holes.map(({ from, to, gapId }) => [from, to, gapId])).toEqual([
      [5, 6, 'g'],
      [8, 9, 'g'],
    ])
    expect(part.filled).toEqual([])
    expect(decideSweep(after(part, islands([5, 9])), rules(T + 10)).filled).toEqual(['g'])
  })

  it('forgets a hole that nothing can fill any more, and leaves its gap standing', () => {
    const hole = { ...KEY, from: 5, to: 9, noticedMs: T, gapId: 'g', seen: [] }
    const decision = decideSweep({ ...EMPTY, holes: [hole] }, rules(T + 7 * 86_400_000))
    expect([decision.holes, decision.filled]).toEqual([[], []])
  })

  it('closes a silent epoch as "lost tail possible after n", for each of its streams', () => {
    const open = { producer: 'token/a', epoch: 'e2', lastSeenMs: T, tails: [{ stream: 'AUDIT_EVENTS', n: 41 }] }
    const readings = [{ stream: 'AUDIT_EVENTS', sinceMs: T - 1, untilMs: T + 50_000 }]
    expect(decideSweep({ ...EMPTY, readings, open: [open] }, rules(T + 55_000)).silenced).toEqual([])
    const { silenced, alarms } = decideSweep({ ...EMPTY, readings, open: [open] }, rules(T + 60_000))
    expect(silenced).toEqual([open])
    expect(alarms).toMatchObject([{ kind: 'lost_tail', stream: 'AUDIT_EVENTS', from: 42, noticedMs: T }])
    expect(alarms[0]).not.toHaveProperty('to')
  })

  it('silences nobody because of an outage of NATS: the silence counts from when reading began again', () => {
    const open = { producer: 'token/a', epoch: 'e2', lastSeenMs: T, tails: [] }
    const readings = [{ stream: 'AUDIT_EVENTS', sinceMs: T - 1, untilMs: T }]
    expect(decideSweep({ ...EMPTY, readings, open: [open] }, rules(T + 120_000)).silenced).toEqual([])
  })
})
