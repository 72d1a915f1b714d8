import { describe, expect, it } from '@jest/globals'
import type { Database } from './database.js'

type Prisma = Database['prisma']
const DENIED = /permission denied|must be owner|42501/
const APPEND_ONLY = ['event', 'spend', 'spent_proof', 'conflict', 'malformed'] as const

/** J07 against a real database, as the runtime role: what stands in audit's tables can be added to and read, nothing else. */
export function permissionSuite(open: () => Promise<Prisma>): void {
  const denied = async (statement: (prisma: Prisma) => Promise<unknown>): Promise<void> => {
    await expect(statement(await open())).rejects.toThrow(DENIED)
  }
  describe('the runtime role', () => {
    it('J07 may not change or remove an event', async () => {
      await denied((prisma) => prisma.$executeRaw`UPDATE event SET body = '{}' WHERE FALSE`)
      await denied((prisma) => prisma.$executeRaw`DELETE FROM event WHERE FALSE`)
      await denied((prisma) => prisma.$executeRaw`TRUNCATE event`)
      await denied((prisma) => prisma.$executeRaw`DROP TABLE event`)
      await denied((prisma) => prisma.$executeRaw`ALTER TABLE event DROP CONSTRAINT event_pkey`)
    })

    it('J07 may not change or remove spends, proofs, conflicts, malformed messages or alarms', async () => {
      await denied((prisma) => prisma.$executeRaw`UPDATE spend SET hash = '' WHERE FALSE`)
      await denied((prisma) => prisma.$executeRaw`DELETE FROM spend WHERE FALSE`)
      await denied((prisma) => prisma.$executeRaw`DELETE FROM spent_proof WHERE FALSE`)
      await denied((prisma) => prisma.$executeRaw`DELETE FROM conflict WHERE FALSE`)
      await denied((prisma) => prisma.$executeRaw`DELETE FROM malformed WHERE FALSE`)
      await denied((prisma) => prisma.$executeRaw`DELETE FROM gap WHERE FALSE`)
      await denied((prisma) => prisma.$executeRaw`UPDATE gap SET from_n = 0 WHERE FALSE`)
    })

    it('J07 has INSERT and SELECT on the append-only tables, and nothing on their partitions', async () => {
      const prisma = await open()
      const rows = await prisma.$queryRaw<{ table: string; privilege: string }[]>`
        SELECT c.relname::text AS table, p.privilege::text FROM pg_class c
        CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS p(privilege)
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
          AND c.relname ~ '^(event|spend|spent_proof|conflict|malformed)(_p[0-9]+)?$'
          AND has_table_privilege(c.oid, p.privilege)`
      const held = rows.map(({ table, privilege }) => `${table} ${privilege}`).sort()
      expect(held).toEqual(APPEND_ONLY.flatMap((table) => [`${table} INSERT`, `${table} SELECT`]).sort())
    })

    it('J07 cannot shorten retention below its floor, or make partitions far away', async () => {
      const prisma = await open()
      await expect(prisma.$queryRaw`SELECT audit_drop_partitions('event', 1095)`).rejects.toThrow(/cannot be kept/)
      await expect(prisma.$queryRaw`SELECT audit_drop_partitions('gap', 9999)`).rejects.toThrow(/cannot be kept/)
      await expect(
        prisma.$queryRaw`SELECT audit_ensure_partitions('2020-01-01'::date, '2020-01-02'::date)::text`,
      ).rejects.toThrow(/within 40 days/)
      await denied((client) => client.$executeRaw`CREATE TABLE public.own (id INT)`)
    })
  })
}
