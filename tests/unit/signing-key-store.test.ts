import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createDatabase, query, ROOT, startPostgres, Supervisor, type ServiceDatabase } from '@tillit/deploy-local'
import { describeKeyStore, STORE_TIME } from '../../services/signing-key/src/key-store-suite.fixture.js'
import { openDatabase } from '../../services/signing-key/src/store/database.js'

const TABLES = ['signing_key', 'nonce_secret', 'published_state']
let supervisor: Supervisor
let database: ServiceDatabase
let passwordFile: string
const opened: ReturnType<typeof openDatabase>[] = []

beforeAll(async () => {
  supervisor = await Supervisor.open()
  const { adminUrl } = await startPostgres(supervisor)
  database = await createDatabase(adminUrl, 'signing-key')
  const migrate = [path.join(ROOT, 'deploy/prisma/migrate.mjs'), 'signing-key', 'deploy', '--quiet']
  const env = { ...process.env, MIGRATION_DATABASE_URL: database.ownerUrl }
  await promisify(execFile)(process.execPath, migrate, { env })
  passwordFile = path.join(supervisor.run.secrets, 'password')
  await writeFile(passwordFile, database.password, { mode: 0o600 })
}, 120_000)
afterAll(async () => {
  for (const { part } of opened) await part.stop?.()
  await supervisor.close()
}, 60_000)

const asRuntime = (): string => {
  const url = new URL(database.url)
  url.password = database.password
  return url.href
}

describe('keys in PostgreSQL', () => {
  describeKeyStore(async ({ empty }) => {
    if (empty) await query(database.ownerUrl, `TRUNCATE ${TABLES.join(', ')}`)
    const config = { DATABASE_URL: database.url, DATABASE_PASSWORD_FILE: passwordFile, DATABASE_POOL_MAX: 4 }
    const connection = openDatabase(config, () => STORE_TIME)
    opened.push(connection)
    return connection.store
  })

  it('refuses two active keys of one algorithm, whoever writes them', async () => {
    const row = (kid: string) =>
      `INSERT INTO signing_key VALUES ('${kid}', 'ES256', 'access', 'active', 'access/ES256/active', '{}', '\\x01', now(), now())`
    await query(database.ownerUrl, `TRUNCATE ${TABLES.join(', ')}`, row('a'))
    await expect(query(asRuntime(), row('b'))).rejects.toThrow('signing_key_slot_key')
  })

  it('refuses a retired key with a private half, and a slot that says something else', async () => {
    const row = (status: string, slot: string, wrapped: string) =>
      `INSERT INTO signing_key VALUES ('z', 'PS256', 'access', '${status}', ${slot}, '{}', ${wrapped}, now(), now(), null, now())`
    for (const [status, slot, wrapped] of [
      ['retired', 'null', "'\\x01'"],
      ['retired', "'access/PS256/active'", 'null'],
      ['active', "'access/ES256/active'", "'\\x01'"],
      ['active', "'access/PS256/active'", 'null'],
    ] as const) {
      await expect(query(asRuntime(), row(status, slot, wrapped))).rejects.toThrow('signing_key_slot')
    }
  })

  it('gives the runtime role no more than it needs', async () => {
    for (const statement of [
      'DROP TABLE signing_key',
      'TRUNCATE signing_key',
      'DELETE FROM published_state',
      'CREATE TABLE x ()',
    ]) {
      await expect(query(asRuntime(), statement)).rejects.toThrow(/permission denied|must be owner/)
    }
  })
})
