import { describe, expect, it } from '@jest/globals'
import { Debts, type Debt } from './debts.js'
import type { Ack, PlacedRecord } from './ports.js'

class Desk {
  now = 0
  up = true
  answer: Ack = { kind: 'unknown' }
  readonly asked: string[] = []
  readonly settled: string[] = []
  readonly debts = new Debts({
    recorder: {
      connected: () => this.up,
      publish: (_record, id) => {
        this.asked.push(id)
        return Promise.resolve(this.answer)
      },
    },
    now: () => this.now,
    random: () => 1,
    capacity: 3,
  })

  owe(id: string, change: Partial<Debt> = {}): void {
    const place = { producer: 'p', epoch: 'e', stream: 's', n: 1 }
    const record: PlacedRecord = { partition: 4, place, body: id }
    this.debts.add({
      record,
      messageId: id,
      maybeStored: true,
      settle: (ack) => this.settled.push(ack.kind),
      ...change,
    })
  }

  async tick(ms: number): Promise<void> {
    this.now += ms
    await this.debts.run()
  }
}

describe('Debts', () => {
  it('publishes the same record under the same id, with growing pauses of at most 5 s, until it is answered', async () => {
    const desk = new Desk()
    desk.owe('a')
    const times: number[] = []
    for (let i = 0; i < 4_000 && times.length < 9; i += 1) {
      const before = desk.asked.length
      await desk.tick(10)
      if (desk.asked.length > before) times.push(desk.now)
    }
    const pauses = times.slice(1).map((time, i) => time - (times[i] ?? 0))
    expect(pauses).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000])
    desk.answer = { kind: 'duplicate', seq: 1 }
    await desk.tick(5_000)
    expect([desk.settled, desk.debts.size, new Set(desk.asked)]).toEqual([['duplicate'], 0, new Set(['a'])])
  })

  it('asks nothing while there is no connection', async () => {
    const desk = new Desk()
    desk.up = false
    desk.owe('a')
    await desk.tick(10_000)
    expect(desk.asked).toEqual([])
  })

  it('blocks a partition while a record that is surely not stored waits', async () => {
    const desk = new Desk()
    desk.owe('a', { maybeStored: false })
    expect([desk.debts.blocked(4), desk.debts.blocked(5)]).toEqual([true, false])
    desk.answer = { kind: 'stored', seq: 1 }
    await desk.tick(0)
    expect(desk.debts.blocked(4)).toBe(false)
  })

  it('is full at its capacity', () => {
    const desk = new Desk()
    for (const id of ['a', 'b', 'c']) desk.owe(id)
    expect(desk.debts.full()).toBe(true)
  })

  it('does not ask twice at once for one record', async () => {
    const desk = new Desk()
    desk.owe('a')
    await Promise.all([desk.debts.run(), desk.debts.run()])
    expect(desk.asked).toEqual(['a'])
  })
})
