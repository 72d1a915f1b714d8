import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { runScript } from './infrastructure.js'
import { createDatabase, query, startPostgres } from './postgres.js'
import { ROOT, shapes } from './services.js'
import { Supervisor } from './supervisor.js'

const MIGRATE = path.join(ROOT, 'deploy/prisma/migrate.mjs')
const folder = mkdtempSync(path.join(tmpdir(), 'a service '))
let supervisor: Supervisor
let adminUrl: string

beforeAll(async () => {
  supervisor = await Supervisor.open()
  adminUrl = (await startPostgres(supervisor)).adminUrl
}, 240_000)
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await supervisor.close()
})

const migrate = (ownerUrl: string, ...args: string[]): Promise<string> =>
  runScript([MIGRATE, ...args], { MIGRATION_DATABASE_URL: ownerUrl })

const CONFIG = `export default {
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.MIGRATION_DATABASE_URL },
}`
const SCHEMA = `generator client {
  provider = "prisma-client"
  output   = "../src/store/generated"
}
datasource db {
  provider = "postgresql"
}
model Event {
  at   DateTime @db.Timestamptz(6)
  n    BigInt
  text String   @default("a;b")
  @@id([at, n])
  @@map("event")
}
`
// What adapter-pg would tear apart at its semicolons, and what Prisma's schema cannot say.
const BY_HAND = `-- by hand; with a semicolon here
CREATE TABLE "event" ("at" TIMESTAMPTZ(6) NOT NULL, "n" BIGINT NOT NULL, "text" TEXT NOT NULL DEFAULT 'a;b',
  CONSTRAINT "event_pkey" PRIMARY KEY ("at", "n")) PARTITION BY RANGE ("at");
CREATE FUNCTION add_partition(day date) RETURNS void LANGUAGE plpgsql AS $fn$
BEGIN
  EXECUTE format('CREATE TABLE %I PARTITION OF "event" FOR VALUES FROM (%L) TO (%L)',
    'event_' || to_char(day, 'YYYYMMDD'), day, day + 1);
END;
$fn$;
SELECT add_partition('2026-11-22');
GRANT SELECT, INSERT ON "event" TO "tillit_scratch";
`

function writeService(): string {
  mkdirSync(path.join(folder, 'prisma/migrations/20261122000000_init'), { recursive: true })
  writeFileSync(path.join(folder, 'prisma.config.mjs'), CONFIG)
  writeFileSync(path.join(folder, 'prisma/schema.prisma'), SCHEMA)
  writeFileSync(path.join(folder, 'prisma/migrations/migration_lock.toml'), 'provider = "postgresql"\n')
  writeFileSync(path.join(folder, 'prisma/migrations/20261122000000_init/migration.sql'), BY_HAND)
  return folder
}

describe('migrations through the stand-in engine', () => {
  it('are applied and recorded, written by hand or by `dev`; a broken one leaves nothing', async () => {
    const service = writeService()
    const { ownerUrl, url, password } = await createDatabase(adminUrl, 'scratch')
    await expect(migrate(ownerUrl, service, 'status')).rejects.toThrow(/have not yet been applied/)
    await migrate(ownerUrl, service, 'deploy')
    const [recorded] = await query(
      ownerUrl,
      'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL',
    )
    expect(recorded?.rows).toEqual([{ migration_name: '20261122000000_init' }])
    expect(await migrate(ownerUrl, service, 'status')).toMatch(/up to date/)

    const runtime = url.replace('@', `:${password}@`)
    await query(runtime, `INSERT INTO event VALUES ('2026-11-22T12:00:00Z', 1)`)
    await expect(query(runtime, 'DELETE FROM event')).rejects.toThrow(/permission denied/)
    await expect(query(runtime, 'CREATE TABLE mine (a int)')).rejects.toThrow(/permission denied/)

    writeFileSync(path.join(folder, 'prisma/schema.prisma'), SCHEMA.replace('@@id', 'kind String?\n  @@id'))
    await migrate(ownerUrl, service, 'dev', '--name', 'kind')
    const made = readdirSync(path.join(folder, 'prisma/migrations')).find((name) => name.endsWith('_kind')) ?? ''
    const sql = readFileSync(path.join(folder, 'prisma/migrations', made, 'migration.sql'), 'utf8')
    expect(sql.trim()).toBe('-- AlterTable\nALTER TABLE "event" ADD COLUMN     "kind" TEXT;')

    const broken = path.join(folder, 'prisma/migrations/20991122000000_broken')
    mkdirSync(broken)
    writeFileSync(path.join(broken, 'migration.sql'), 'CREATE TABLE half (a int); SELEKT 1;')
    await expect(migrate(ownerUrl, service, 'deploy')).rejects.toThrow(/syntax error at or near "SELEKT"/)
    const [half] = await query(ownerUrl, `SELECT to_regclass('half') AS found`)
    expect(half?.rows).toEqual([{ found: null }])
    const [shadows] = await query(adminUrl, `SELECT datname FROM pg_database WHERE datname LIKE 'prisma_shadow%'`)
    expect(shadows?.rows).toEqual([])
  }, 240_000)

  const owning = shapes.filter(({ name }) => existsSync(path.join(ROOT, 'services', name, 'prisma/migrations')))
  it.each(owning.map(({ name }) => name))(
    'build the schema that %s declares, from nothing',
    async (name) => {
      const { ownerUrl } = await createDatabase(adminUrl, name)
      await migrate(ownerUrl, name, 'deploy')
      const [recorded] = await query(ownerUrl, 'SELECT count(*)::int AS applied FROM _prisma_migrations')
      const folders = readdirSync(path.join(ROOT, 'services', name, 'prisma/migrations'), { withFileTypes: true })
      expect(recorded?.rows).toEqual([{ applied: folders.filter((entry) => entry.isDirectory()).length }])
      const difference = [
        '--from-migrations',
        'prisma/migrations',
        '--to-schema',
        'prisma/schema.prisma',
        '--exit-code',
      ]
      expect(await migrate(ownerUrl, name, 'diff', ...difference)).toMatch(/No difference detected/)
    },
    60_000,
  )
})
