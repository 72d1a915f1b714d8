import { eventTypes } from '@tillit/events'
import type { Part, Producer } from '@tillit/service-kit'
import type { Refusals } from '../domain/refusals.js'

const REPORT_MS = 5_000

/** Sends what the policy refused to audit, one event for each kind of refusal and interval (J09). */
export function reportRefusals(refusals: Refusals, producer: Pick<Producer, 'emit'>): Part {
  let timer: NodeJS.Timeout | undefined
  const report = (): void => {
    for (const refusal of refusals.take()) producer.emit(eventTypes.signRefused, refusal)
  }
  return {
    name: 'refusals',
    start: () => {
      timer = setInterval(report, REPORT_MS)
      return Promise.resolve()
    },
    stop: () => {
      clearInterval(timer)
      report()
      return Promise.resolve()
    },
  }
}
