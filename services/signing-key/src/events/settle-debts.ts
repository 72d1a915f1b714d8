import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger, Part } from '@tillit/service-kit'
import type { Debts } from '../domain/debts.js'

const TICK_MS = 50
/** Within the time that the way down leaves to one part. */
const FLUSH_MS = 4_000

export interface SettleOptions {
  readonly debts: Debts
  readonly log: Logger
  readonly now: () => number
}

/** Publishes the records that are still owed, a moment later and until each is answered; before the end for a while. */
export function settleDebts({ debts, log, now }: SettleOptions): Part {
  let timer: NodeJS.Timeout | undefined
  const settle = async (): Promise<void> => {
    const end = now() + FLUSH_MS
    while (debts.size > 0 && now() < end) {
      await debts.run()
      if (debts.size > 0) await sleep(TICK_MS)
    }
  }
  return {
    name: 'owed-records',
    start: () => {
      timer = setInterval(() => void debts.run(), TICK_MS)
      return Promise.resolve()
    },
    ready: () => !debts.full() || 'too many records wait for the broker',
    flush: settle,
    // Requests were still answered after the flush; from here on none is.
    stop: async () => {
      clearInterval(timer)
      await settle()
      const count = debts.size
      if (count > 0)
        log.error({ 'event.name': 'record.owed', count }, 'Records were never acknowledged: audit will show gaps')
    },
  }
}
