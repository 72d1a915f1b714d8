import { readFile } from 'node:fs/promises'
import { parse } from 'pg-connection-string'
import type { DatabaseConfigValues } from './config.js'

/** The members of `pg`'s pool options that Tillit sets; times in milliseconds unless named otherwise. */
export interface DatabasePoolOptions {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
  readonly ssl?: boolean | { readonly ca?: string; readonly rejectUnauthorized?: boolean }
  /** Called at each new connection. */
  readonly password: () => Promise<string>
  readonly max: number
  readonly connectionTimeoutMillis: number
  readonly idleTimeoutMillis: number
  readonly maxLifetimeSeconds: number
  readonly statement_timeout: number
  readonly lock_timeout: number
  readonly idle_in_transaction_session_timeout: number
  readonly keepAlive: boolean
}

/** Refusals that say "not now", by PostgreSQL's error classes: connection (08), resources (53), operator (57), system (58). */
const UNAVAILABLE_SQLSTATE = /^(08|53|57P|58)|^25006$|^40001$|^40P01$/
const UNAVAILABLE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  // Prisma: server unreachable, timed out, closed the connection; pool timeout; transaction could not start or was aborted.
  'P1001',
  'P1002',
  'P1008',
  'P1017',
  'P2024',
  'P2028',
  'P2034',
])
const UNAVAILABLE_TEXT =
  /timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error/

/** Pool options for `new PrismaPg(databasePool(config))` or `new pg.Pool(...)`. A rotated password needs no restart. */
export function databasePool(config: DatabaseConfigValues): DatabasePoolOptions {
  // Taken apart here: given a connection string, pg lets its absent password win over the function below.
  const { host, port, user, database, ssl } = parse(config.DATABASE_URL)
  return {
    host: host ?? 'localhost',
    port: Number(port ?? 5432),
    user: user ?? '',
    database: database ?? user ?? '',
    ...tls(ssl),
    password: async () => (await readFile(config.DATABASE_PASSWORD_FILE, 'utf8')).trim(),
    max: config.DATABASE_POOL_MAX,
    connectionTimeoutMillis: 3_000,
    idleTimeoutMillis: 30_000,
    maxLifetimeSeconds: 1_800,
    statement_timeout: 10_000,
    lock_timeout: 5_000,
    idle_in_transaction_session_timeout: 15_000,
    keepAlive: true,
  }
}

/** What `sslmode` and `sslrootcert` of the address ask for. */
function tls(ssl: ReturnType<typeof parse>['ssl']): Pick<DatabasePoolOptions, 'ssl'> {
  if (typeof ssl === 'boolean') return { ssl }
  if (typeof ssl !== 'object') return {}
  const { ca, rejectUnauthorized } = ssl
  return { ssl: { ...(ca !== undefined && { ca }), ...(rejectUnauthorized !== undefined && { rejectUnauthorized }) } }
}

/** The database cannot be reached or refuses just now: 503, not a fault of the request. Looks through causes. */
export function isDatabaseUnavailable(err: unknown): boolean {
  for (let at = err, depth = 0; at instanceof Error && depth < 5; at = innerOf(at), depth += 1)
    if (isUnavailable(at)) return true
  return false
}

function isUnavailable(err: Error): boolean {
  const code = (err as { code?: unknown }).code
  if (typeof code === 'string' && (UNAVAILABLE_CODES.has(code) || UNAVAILABLE_SQLSTATE.test(code))) return true
  const original = (err as { meta?: { driverAdapterError?: unknown } }).meta?.driverAdapterError
  return UNAVAILABLE_TEXT.test(err.message) || (original !== err && isDatabaseUnavailable(original))
}

function innerOf(err: Error): unknown {
  return err.cause ?? (err instanceof AggregateError ? err.errors[0] : undefined)
}
