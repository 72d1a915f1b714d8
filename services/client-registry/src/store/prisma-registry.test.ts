import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { createLogger, isDatabaseUnavailable } from '@tillit/service-kit'
import {
  createDatabase,
  query,
  ROOT,
  startPostgres,
  Supervisor,
  type ServiceDatabase,
} from '../../../../deploy/local/src/index.js'
import { openStores, type Stores } from './open-stores.js'
import { registrySuite } from './registry.suite.js'

const log = createLogger({ service: 'client-registry', instance: 'test', level: 'silent', environment: 'local' })
// Real servers on a machine that other suites keep busy.
jest.setTimeout(60_000)
let supervisor: Supervisor
let database: ServiceDatabase
let stores: Stores
let passwordFile: string

/** A real PostgreSQL with the real migrations; the stores connect as the runtime role. */
beforeAll(async () => {
  supervisor = await Supervisor.open()
  const { adminUrl } = await startPostgres(supervisor)
  database = await createDatabase(adminUrl, 'client-registry')
  const migrate = [path.join(ROOT, 'deploy/prisma/migrate.mjs'), 'client-registry', 'deploy', '--quiet']
  const env = { ...process.env, MIGRATION_DATABASE_URL: database.ownerUrl }
  await promisify(execFile)(process.execPath, migrate, { env })
  passwordFile = path.join(supervisor.run.secrets, 'password')
  await writeFile(passwordFile, database.password, { mode: 0o600 })
  const config = { DATABASE_URL: database.url, DATABASE_PASSWORD_FILE: passwordFile, DATABASE_POOL_MAX: 6 }
  stores = openStores(config, log, Date.now)
}, 120_000)
afterAll(async () => {
  await stores.database.stop?.()
  await supervisor.close()
}, 60_000)

const asRuntime = (): string => {
  const url = new URL(database.url)
  url.password = database.password
  return url.href
}

registrySuite('PostgreSQL', () =>
  Promise.resolve({ store: stores.store, outbox: stores.outbox, close: () => Promise.resolve() }),
)

describe('the database', () => {
  it.each([
    'DELETE FROM revoked_token',
    'UPDATE revoked_token SET exp = now()',
    'DELETE FROM outbox',
    "UPDATE outbox SET value = '{}'",
    'DELETE FROM spent_proof',
    'DELETE FROM client',
    'UPDATE registry_state SET id = 2',
    'CREATE TABLE mine (a int)',
    'DROP TABLE spent_proof',
    'ALTER TABLE client DISABLE TRIGGER ALL',
    'SELECT * FROM _prisma_migrations',
  ])('J07 lets the runtime role not %s', async (statement) => {
    await expect(query(asRuntime(), statement)).rejects.toThrow(/permission denied|must be owner|violates check/)
  })

  it('drops days that have ended, keeps days with unpublished changes, makes days to come', async () => {
    const day = (offset: number): string => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10)
    const name = (table: string, offset: number): string => `${table}_${day(offset).replaceAll('-', '')}`
    const partition = (table: string, offset: number): string =>
      `CREATE TABLE ${name(table, offset)} PARTITION OF ${table} FOR VALUES FROM ('${day(offset)} 00:00Z') TO ('${day(offset + 1)} 00:00Z')`
    const row = (revision: number, offset: number, told: string): string =>
      `INSERT INTO outbox VALUES (${revision}, '${day(offset)} 12:00Z', 'e', 'client', '{a}', 'created', 'test', NULL, NULL, NULL, '{}', now(), ${told})`
    await query(
      database.ownerUrl,
      partition('revoked_token', -5),
      partition('spent_proof', -5),
      partition('outbox', -40),
      partition('outbox', -41),
      row(-1, -40, 'now()'),
      row(-2, -41, 'NULL'),
    )
    await stores.database.prisma.$executeRaw`SELECT keep_partitions(30)`
    const tables = await stores.database.prisma.$queryRaw<{ relname: string }[]>`
      SELECT relname::text FROM pg_class WHERE relispartition AND relkind = 'r'`
    const names = tables.map(({ relname }) => relname)
    expect(names).toContain(name('outbox', -41))
    for (const table of ['revoked_token', 'spent_proof', 'outbox']) expect(names).toContain(name(table, 7))
    for (const gone of [name('revoked_token', -5), name('spent_proof', -5), name('outbox', -40)])
      expect(names).not.toContain(gone)
    await query(database.ownerUrl, `DROP TABLE ${name('outbox', -41)}`)
  })

  it('becomes unready when it goes away, and its errors say so', async () => {
    const config = {
      DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none',
      DATABASE_PASSWORD_FILE: passwordFile,
      DATABASE_POOL_MAX: 1,
    }
    const { database: gone, store } = openStores(config, log, Date.now)
    await gone.start?.()
    expect(gone.ready?.()).toBe('database unreachable')
    const error = await store.find('client', ['a']).catch((thrown: unknown) => thrown)
    expect(isDatabaseUnavailable(error)).toBe(true)
    await gone.stop?.()
  })
})
