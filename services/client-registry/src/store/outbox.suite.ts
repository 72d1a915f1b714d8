import { describe, expect, it } from '@jest/globals'
import type { Lane, Outbox, OutboxRow, Snapshot } from '../domain/outbox.js'
import type { CommittedChange } from '../domain/ports.js'

/** The outbox half of `registrySuite`. `commit` makes one change; records of earlier tests may be waiting too. */
export function outboxSuite(open: () => Outbox, commit: () => Promise<CommittedChange[]>): void {
  const drain = async (lane: Lane): Promise<OutboxRow[]> => {
    const seen: OutboxRow[] = []
    const all = (rows: readonly OutboxRow[]) => {
      seen.push(...rows)
      return Promise.resolve({ done: rows.map(({ revision }) => revision) })
    }
    while ((await open().take(lane, 7, all)) !== undefined);
    return seen
  }
  const revisionOf = async (): Promise<number> => (await commit())[0]?.revision ?? 0

  describe('outbox', () => {
    it('hands rows over in order of revision, to be put and then to be told', async () => {
      await drain('put')
      await drain('tell')
      const first = await revisionOf()
      await commit()
      expect(await drain('tell')).toEqual([])
      expect((await drain('put')).map(({ revision }) => revision)).toEqual([first, first + 1])
      const told = await drain('tell')
      expect(told.map(({ revision }) => revision)).toEqual([first, first + 1])
      expect(told[0]).toMatchObject({ kind: 'organisation', action: 'created', actor: 'test', value: { name: 'Unit' } })
      expect(await drain('put')).toEqual([])
    })

    it('hands over again what was not done', async () => {
      await drain('put')
      const first = await revisionOf()
      await commit()
      await commit()
      await open().take('put', 10, () => Promise.resolve({ done: [first + 1], error: new Error('lost') }))
      expect((await drain('put')).map(({ revision }) => revision)).toEqual([first, first + 2])
    })

    it('keeps a row whose publisher throws', async () => {
      await drain('put')
      const first = await revisionOf()
      await expect(open().take('put', 10, () => Promise.reject(new Error('down')))).rejects.toThrow('down')
      expect((await drain('put')).map(({ revision }) => revision)).toEqual([first])
    })

    it('lets one publisher of a lane work at a time', async () => {
      await drain('put')
      await commit()
      let working = 0
      let most = 0
      const slow = async (rows: readonly OutboxRow[]) => {
        most = Math.max(most, ++working)
        await new Promise((resolve) => setTimeout(resolve, 30))
        working--
        return { done: rows.map(({ revision }) => revision) }
      }
      const results = await Promise.all([open().take('put', 10, slow), open().take('put', 10, slow)])
      expect(most).toBe(1)
      expect(results.filter(Boolean)).toHaveLength(1)
    })

    it('tells how much waits and since when', async () => {
      await drain('put')
      await drain('tell')
      expect(await open().backlog()).toEqual({ pending: 0 })
      await commit()
      expect(await open().backlog()).toMatchObject({ pending: 1, oldest: expect.any(Number) as unknown })
    })

    it('shows the newest put revisions, and every record page by page', async () => {
      const revision = await revisionOf()
      await drain('put')
      expect(await open().revision()).toBe(revision)
      expect((await open().recent(3))[0]?.revision).toBe(revision)
      const all: Snapshot[] = []
      for (let page = await open().page(5); page.length > 0; page = await open().page(5, all.at(-1))) all.push(...page)
      const ids = all.map(({ kind, subject }) => `${kind} ${subject.join(' ')}`)
      expect(new Set(ids).size).toBe(ids.length)
      expect(all.map((one) => one.revision)).toContain(revision)
      expect(new Set(all.map(({ kind }) => kind))).toEqual(
        new Set(['organisation', 'api', 'client', 'delegation', 'revoked']),
      )
    })
  })
}
