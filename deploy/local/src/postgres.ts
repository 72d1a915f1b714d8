import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { freePort, LOOPBACK } from './ports.js'
import { installPostgres } from './postgres-binaries.js'
import type { Supervisor } from './supervisor.js'

const run = promisify(execFile)
export const POSTGRES = 'postgres'

/** What one service needs to reach its own database (design/architecture.md: one database and one role per service). */
export interface ServiceDatabase {
  readonly database: string
  /** The runtime role: it may use the schema, and its rights on tables come with the service's migrations. */
  readonly role: string
  readonly password: string
  /** Without a password, for the service's environment. */
  readonly url: string
  /** With the owner's password, for migrations only. */
  readonly ownerUrl: string
}

export interface Postgres {
  readonly adminUrl: string
  readonly version: string
}

// Durable as in production (reliability.md, section 3), small as a laptop likes it. Checksums are in the template.
const SETTINGS = {
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  data_sync_retry: 'off',
  password_encryption: 'scram-sha-256',
  max_connections: '200',
  shared_buffers: '128MB',
  max_wal_size: '512MB',
  idle_in_transaction_session_timeout: '30s',
  timezone: 'UTC',
  log_timezone: 'UTC',
}

/** Starts a new PostgreSQL with an empty cluster in the run's folder, on a free loopback port. */
export async function startPostgres(supervisor: Supervisor): Promise<Postgres> {
  const install = await installPostgres()
  const data = path.join(supervisor.run.data, 'postgres')
  const port = await freePort()
  await run('cp', ['-a', '--reflink=auto', install.template, data])
  const settings = Object.entries({
    ...SETTINGS,
    listen_addresses: LOOPBACK,
    port: String(port),
    unix_socket_directories: '',
  })
  await appendFile(path.join(data, 'postgresql.conf'), settings.map(([key, value]) => `${key} = '${value}'\n`).join(''))
  await writeFile(path.join(data, 'pg_hba.conf'), `host all all ${LOOPBACK}/32 scram-sha-256\n`)
  const urlWith = (password: string): string =>
    `postgresql://${install.superuser}:${password}@${LOOPBACK}:${port}/postgres`
  let password = install.password
  await supervisor.start({
    name: POSTGRES,
    command: path.join(install.bin, 'postgres'),
    args: ['-D', data],
    env: {},
    cwd: supervisor.run.data,
    runAs: install.runAs,
    stopSignal: 'SIGINT',
    ready: () => answers(urlWith(password)),
  })
  const fresh = randomBytes(24).toString('base64url')
  await query(urlWith(password), `ALTER ROLE ${install.superuser} PASSWORD '${fresh}'`)
  password = fresh
  return { adminUrl: urlWith(password), version: install.version }
}

/** Runs statements one by one on a connection of their own. */
export async function query(url: string, ...statements: string[]): Promise<pg.QueryResult[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  client.on('error', () => undefined)
  await client.connect()
  try {
    const results: pg.QueryResult[] = []
    for (const statement of statements) results.push(await client.query(statement))
    return results
  } finally {
    await client.end()
  }
}

/** Whether a PostgreSQL answers at this address. */
export async function answers(url: string): Promise<boolean> {
  return query(url, 'SELECT 1').then(
    () => true,
    () => false,
  )
}

/**
 * Creates what a service owns: a database, its owner (who migrates) and its runtime role (who may only connect and use
 * the schema until a migration grants more). Safe to repeat: passwords are set anew, data stays.
 */
export async function createDatabase(adminUrl: string, service: string): Promise<ServiceDatabase> {
  const role = `tillit_${service.replaceAll('-', '_')}`
  const owner = `${role}_owner`
  const [password, ownerPassword] = [secret(), secret()]
  const found = await query(adminUrl, `SELECT 1 FROM pg_database WHERE datname = '${role}'`)
  await query(
    adminUrl,
    ...roleStatements(role, password, 'CONNECTION LIMIT 60'),
    ...roleStatements(owner, ownerPassword, 'CREATEDB'),
    ...(found[0]?.rowCount ? [] : [`GRANT ${owner} TO CURRENT_USER`, `CREATE DATABASE ${role} OWNER ${owner}`]),
    `REVOKE ALL ON DATABASE ${role} FROM PUBLIC`,
    `GRANT CONNECT ON DATABASE ${role} TO ${role}`,
  )
  const within = new URL(adminUrl)
  within.pathname = `/${role}`
  await query(
    within.href,
    'REVOKE ALL ON SCHEMA public FROM PUBLIC',
    `ALTER SCHEMA public OWNER TO ${owner}`,
    `GRANT USAGE ON SCHEMA public TO ${role}`,
  )
  const url = as(within, role)
  return { database: role, role, password, url, ownerUrl: as(within, owner, ownerPassword) }
}

const secret = (): string => randomBytes(24).toString('base64url')

function as(base: URL, user: string, password = ''): string {
  const url = new URL(base)
  url.username = user
  url.password = password
  return url.href
}

function roleStatements(role: string, password: string, attributes: string): string[] {
  const create = `IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') THEN CREATE ROLE ${role} LOGIN; END IF;`
  return [`DO $$ BEGIN ${create} END $$`, `ALTER ROLE ${role} LOGIN ${attributes} PASSWORD '${password}'`]
}
