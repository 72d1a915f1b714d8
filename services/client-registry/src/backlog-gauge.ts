import { metrics, type Part } from '@tillit/service-kit'
import type { Backlog, Outbox } from './domain/outbox.js'

const EVERY_MS = 5_000

/** `tillit.audit.outbox.*`: what a loss of NATS holds back (operations.md, section 5). */
export function backlogGauge(outbox: Outbox, now: () => number): Part {
  let backlog: Backlog | undefined
  let timer: NodeJS.Timeout | undefined
  const read = (): void => {
    outbox.backlog().then(
      (value) => (backlog = value),
      // The database part says that it is gone; the last reading stays.
      () => undefined,
    )
  }
  metrics.gauge('tillit.audit.outbox.pending', {
    unit: '{event}',
    description: 'Committed changes that are not published yet',
    read: () => backlog?.pending,
  })
  metrics.gauge('tillit.audit.outbox.oldest_age', {
    unit: 's',
    description: 'Age of the oldest change that is not published yet',
    read: () => (backlog?.oldest === undefined ? backlog && 0 : Math.max(0, (now() - backlog.oldest) / 1000)),
  })
  return {
    name: 'backlog',
    start: () => {
      read()
      timer = setInterval(read, EVERY_MS).unref()
      return Promise.resolve()
    },
    stop: () => {
      clearInterval(timer)
      return Promise.resolve()
    },
  }
}
