import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll } from '@jest/globals'
import { createDatabase, ROOT, startPostgres, Supervisor } from '@tillit/deploy-local'
import { databasePool } from '@tillit/service-kit'
import { permissionSuite } from '../../services/audit/src/store/permissions.suite.js'
import { openStores, type Stores } from '../../services/audit/src/store/stores.js'
import { auditStoreSuite } from '../../services/audit/src/store/store.suite.js'

let supervisor: Supervisor
let stores: Stores

beforeAll(async () => {
  supervisor = await Supervisor.open()
  const { adminUrl } = await startPostgres(supervisor)
  const database = await createDatabase(adminUrl, 'audit')
  const migrate = [path.join(ROOT, 'deploy/prisma/migrate.mjs'), 'audit', 'deploy', '--quiet']
  const env = { ...process.env, MIGRATION_DATABASE_URL: database.ownerUrl }
  await promisify(execFile)(process.execPath, migrate, { env })
  const passwordFile = path.join(supervisor.run.secrets, 'password')
  await writeFile(passwordFile, database.password, { mode: 0o600 })
  const config = { DATABASE_URL: database.url, DATABASE_PASSWORD_FILE: passwordFile, DATABASE_POOL_MAX: 4 }
  stores = openStores(databasePool(config))
}, 120_000)
afterAll(async () => {
  await stores.database.part.stop?.()
  await supervisor.close()
}, 60_000)

auditStoreSuite('PostgreSQL', () => Promise.resolve(stores))
permissionSuite(() => Promise.resolve(stores.database.prisma))
