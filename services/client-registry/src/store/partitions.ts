import type { Logger, Part } from '@tillit/service-kit'
import type { PrismaClient } from './generated/client.js'

const HOUR = 3_600_000
const AGAIN_MS = 10_000

/** Days that a published outbox row is kept: the recent history of changes. */
const OUTBOX_DAYS = 30

/**
 * Makes the partitions of the coming days and drops those that have ended (operations.md, section 3), through the owner's
 * function: the runtime role may not create or drop. Harmless in several replicas at once.
 */
export function partitionKeeper(prisma: PrismaClient, log: Logger): Part {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const keep = async (): Promise<void> => {
    let wait = HOUR
    try {
      await prisma.$executeRaw`SELECT keep_partitions(${OUTBOX_DAYS}::int)`
    } catch (err) {
      wait = AGAIN_MS
      log.warn({ 'event.name': 'partitions.failed', err }, 'partitions could not be kept, trying again')
    }
    if (!stopped) timer = setTimeout(() => void keep(), wait).unref()
  }
  return {
    name: 'partitions',
    start: () => keep(),
    stop: () => {
      stopped = true
      clearTimeout(timer)
      return Promise.resolve()
    },
  }
}
