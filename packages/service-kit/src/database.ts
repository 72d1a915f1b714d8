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
  readonly query_timeout: number
  readonly lock_timeout: number
  readonly idle_in_transaction_session_timeout: number
  readonly keepAlive: boolean
  readonly options: string
}

/** Refusals that say "not now", by PostgreSQL's error classes: connection (08), resources (53), operator (57), system (58). */
const UNAVAILABLE_SQLSTATE = /^(08|53|57P|58)...?$|^25006$|^57014$|^40001$|^40P01$/
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
  /timeout exceeded when trying to connect|Query read timeout|Connection terminated|Client has encountered a connection error/

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
    // The client's own, for a server that is frozen and cannot time anything out.
    query_timeout: 11_000,
    lock_timeout: 5_000,
    idle_in_transaction_session_timeout: 15_000,
    keepAlive: true,
    // Prisma's adapter drops the offset of timestamps: in a session with another zone every time would shift.
    options: '-c TimeZone=UTC',
  }
}

/** What `sslmode` and `sslrootcert` of the address ask for. */
function tls(ssl: ReturnType<typeof parse>['ssl']): Pick<DatabasePoolOptions, 'ssl'> {
  if (typeof ssl === 'boolean') return { ssl }
  if (typeof ssl !== 'object') return {}
  const { ca, rejectUnauthorized } = ssl
  return { ssl: { ...(ca !== undefined && { ca }), ...(rejectUnauthorized !== undefined && { rejectUnauthorized }) } }
}

/** What Prisma's driver adapter says instead of a code. */
const UNAVAILABLE_KINDS = new Set(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections'])
const MAX_DEPTH = 6

/**
 * The database cannot be reached or refuses just now: 503, not a fault of the request. Looks through causes, also through
 * the members that Prisma wraps around a raw query's refusal (`meta`, then `cause`), which are plain objects.
 */
export function isDatabaseUnavailable(err: unknown): boolean {
  for (let at = err, depth = 0; typeof at === 'object' && at !== null && depth < MAX_DEPTH; depth += 1) {
    if (isUnavailable(at)) return true
    at = innerOf(at)
  }
  return false
}

interface Fault {
  readonly message?: unknown
  readonly code?: unknown
  readonly originalCode?: unknown
  readonly kind?: unknown
  readonly cause?: unknown
  readonly errors?: readonly unknown[]
  readonly meta?: { readonly driverAdapterError?: unknown }
}

function isUnavailable({ message, code, originalCode, kind }: Fault): boolean {
  if (typeof kind === 'string' && UNAVAILABLE_KINDS.has(kind)) return true
  const codes = [code, originalCode].filter((one) => typeof one === 'string')
  if (codes.some((one) => UNAVAILABLE_CODES.has(one) || UNAVAILABLE_SQLSTATE.test(one))) return true
  return typeof message === 'string' && UNAVAILABLE_TEXT.test(message)
}

function innerOf(fault: Fault): unknown {
  return fault.meta?.driverAdapterError ?? fault.cause ?? fault.errors?.[0]
}
