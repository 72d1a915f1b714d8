import { PrismaPg } from '@prisma/adapter-pg'
import type { DatabasePoolOptions, Part } from '@tillit/service-kit'
import { PrismaClient } from './generated/client.js'

/** audit's database; every store shares it. */
export interface Database {
  readonly prisma: PrismaClient
  readonly part: Part
}

const PING_EVERY_MS = 2_000

/** Opens no connection before it is used. Unready while the database does not answer; it recovers by itself. */
export function openDatabase(pool: DatabasePoolOptions): Database {
  const prisma = new PrismaClient({ adapter: new PrismaPg({ ...pool }) })
  let state: true | string = 'database not reached yet'
  let timer: NodeJS.Timeout | undefined
  const ping = async (): Promise<void> => {
    try {
      await prisma.$queryRaw`SELECT 1`
      state = true
    } catch {
      state = 'database unavailable'
    }
  }
  const part: Part = {
    name: 'database',
    start: async () => {
      await prisma.$queryRaw`SELECT 1`
      state = true
      timer = setInterval(() => void ping(), PING_EVERY_MS)
      timer.unref()
    },
    ready: () => state,
    stop: async () => {
      clearInterval(timer)
      await prisma.$disconnect()
    },
  }
  return { prisma, part }
}

/** A client, or the transaction that stands for it. */
export type Queries = Pick<PrismaClient, '$queryRaw' | '$executeRaw'>

/** PostgreSQL's classes for values that it will never take: data, integrity and program limits. */
const REFUSED_DATA = /^(22|23|54)/

/** Whether the database refused a value, so that a retry is of no use. Looks through what Prisma wraps around it. */
export function refusesData(err: unknown): boolean {
  for (let at: unknown = err, depth = 0; typeof at === 'object' && at !== null && depth < 6; depth += 1) {
    const { code, originalCode, meta, cause } = at as Record<string, unknown>
    if ([code, originalCode].some((one) => typeof one === 'string' && one.length === 5 && REFUSED_DATA.test(one)))
      return true
    at = (meta as { driverAdapterError?: unknown } | undefined)?.driverAdapterError ?? cause
  }
  return false
}
