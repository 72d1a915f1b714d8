import { PrismaPg } from '@prisma/adapter-pg'
import { databasePool, type DatabaseConfigValues, type Logger, type Part } from '@tillit/service-kit'
import { PrismaClient } from './generated/client.js'

export type Transaction = Omit<PrismaClient, '$connect' | '$disconnect' | '$on' | '$transaction' | '$extends'>

export interface Database extends Part {
  readonly prisma: PrismaClient
}

const PING_MS = 1_000
const PING_TIMEOUT_MS = 3_000

/**
 * Readiness follows a ping; liveness does not (operations.md, section 3, E10). The process starts without the database and
 * becomes ready when it comes.
 */
export function openDatabase(config: DatabaseConfigValues, log: Logger): Database {
  const pool = databasePool(config)
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' })
  let reachable: boolean | undefined
  let stopped = false
  let timer: NodeJS.Timeout | undefined

  const note = (now: boolean): void => {
    if (now !== reachable)
      log[now ? 'info' : 'error']({ 'event.name': 'database.reachable', reachable: now }, 'database')
    reachable = now
  }
  const ping = async (): Promise<void> => {
    note(await answers(prisma))
    if (!stopped) timer = setTimeout(() => void ping(), PING_MS).unref()
  }
  return {
    name: 'database',
    prisma,
    start: () => ping(),
    ready: () => reachable === true || 'database unreachable',
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await prisma.$disconnect()
    },
  }
}

/** A frozen database counts as gone before its queries time out. */
async function answers(prisma: PrismaClient): Promise<boolean> {
  const query = prisma.$queryRaw`SELECT 1`.then(
    () => true,
    () => false,
  )
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), PING_TIMEOUT_MS)
  })
  return Promise.race([query, late]).finally(() => clearTimeout(timer))
}
