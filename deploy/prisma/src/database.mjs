import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { PrismaPg } from '@prisma/adapter-pg'
import { ColumnTypeEnum } from '@prisma/driver-adapter-utils'
import { CatalogueClient, characterColumnsOf } from './catalogue-client.mjs'

/** One statement on a connection of its own. */
export async function runOnce(url, sql) {
  const client = new pg.Client(url)
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/** @returns {string} `url` with another database in its path */
export function withDatabase(url, database) {
  const changed = new URL(url)
  changed.pathname = `/${encodeURIComponent(database)}`
  return changed.href
}

/** @returns {string} the database that `url` names */
export const databaseOf = (url) => decodeURIComponent(new URL(url).pathname.slice(1))

export const quoted = (identifier) => `"${identifier.replaceAll('"', '""')}"`

// One connection that never idles out: the engine's advisory lock belongs to the session that took it.
const poolFor = (url) => new pg.Pool({ connectionString: url, max: 1, idleTimeoutMillis: 0, Client: CatalogueClient })

async function adapterFor(url, afterDispose = async () => {}) {
  const pool = poolFor(url)
  const schema = new URL(url).searchParams.get('schema') ?? undefined
  const adapter = await new PrismaPg(pool, schema === undefined ? {} : { schema }).connect()
  const report = adapter.onError.bind(adapter)
  // adapter-pg splits a script at every semicolon, which breaks function bodies and literals. PostgreSQL reads a whole
  // migration in one simple query, as Prisma's own engine sends it (and in one implicit transaction).
  adapter.executeScript = async (script) => {
    try {
      await pool.query(script)
    } catch (error) {
      report(error)
    }
  }
  const queryRaw = adapter.queryRaw.bind(adapter)
  adapter.queryRaw = async (query) => {
    const result = await queryRaw(query)
    for (const index of characterColumnsOf(result.rows)) result.columnTypes[index] = ColumnTypeEnum.Character
    return result
  }
  adapter.dispose = async () => {
    await pool.end()
    await afterDispose()
  }
  return adapter
}

/** The driver adapter factory that the schema engine works through; a shadow database lives as long as its adapter. */
export class MigrationDatabase {
  provider = 'postgres'
  adapterName = '@prisma/adapter-pg'

  /** @param {{ url: string, shadowDatabaseUrl?: string }} datasource */
  constructor(datasource) {
    this.datasource = datasource
  }

  connect() {
    return adapterFor(this.datasource.url)
  }

  async connectToShadowDb() {
    const base = this.datasource.shadowDatabaseUrl || this.datasource.url
    const name = `prisma_shadow_${randomUUID().replaceAll('-', '')}`
    await runOnce(base, `create database ${quoted(name)}`)
    return adapterFor(withDatabase(base, name), () =>
      runOnce(base, `drop database if exists ${quoted(name)} with (force)`),
    )
  }
}
