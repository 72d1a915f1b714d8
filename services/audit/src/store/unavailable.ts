/** The database cannot be reached, or refuses just now. `code` is Prisma's own for it, which the error mapping answers with 503. */
export class DatabaseAway extends Error {
  override readonly name = 'DatabaseAway'
  readonly code = 'P1001'
}

/** What the driver adapter says instead of an SQLSTATE. */
const AWAY_KINDS = new Set(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections'])
/** Connection, resources, shutdown, system; a statement that took too long; a deadlock. */
const AWAY_SQLSTATE = /^(08|53|57P|58)...?$|^57014$|^40001$|^40P01$/

/**
 * A store whose calls say `DatabaseAway` where the database is away. Prisma wraps a raw query's refusal in members (`meta`,
 * then `cause`) that are plain objects and no errors, so nobody else would see it there.
 */
export function tellingAway<S extends object>(store: S): S {
  const guarded = Object.entries(store).map(([name, call]: [string, unknown]) => [
    name,
    typeof call === 'function' ? guard(call.bind(store) as (...args: unknown[]) => Promise<unknown>) : call,
  ])
  return Object.fromEntries(guarded) as S
}

function guard(call: (...args: unknown[]) => Promise<unknown>): (...args: unknown[]) => Promise<unknown> {
  return async (...args) => {
    try {
      return await call(...args)
    } catch (err) {
      throw isAway(err) ? new DatabaseAway('the database is not available', { cause: err }) : err
    }
  }
}

function isAway(err: unknown): boolean {
  for (let at: unknown = err, depth = 0; typeof at === 'object' && at !== null && depth < 6; depth += 1) {
    const { originalCode, kind, meta, cause } = at as Record<string, unknown>
    if (typeof kind === 'string' && AWAY_KINDS.has(kind)) return true
    if (typeof originalCode === 'string' && AWAY_SQLSTATE.test(originalCode)) return true
    at = (meta as { driverAdapterError?: unknown } | undefined)?.driverAdapterError ?? cause
  }
  return false
}
