import { metrics } from '@tillit/service-kit'
import type { DrainedMessage } from '@tillit/service-kit'
import { ingest } from '../domain/ingest.js'
import type { IngestDeps } from '../domain/ingest.js'
import type { Alarms } from '../domain/ports.js'
import { parseMessage } from './parse-message.js'

export interface HandleDeps extends IngestDeps {
  readonly alarms: Pick<Alarms, 'conflict' | 'malformed' | 'doubt'>
  readonly now: () => number
}

/** Messages of a stream -> records -> committed. What it resolves for may be acknowledged. */
export function messageHandler(
  deps: HandleDeps,
): (stream: string, messages: readonly DrainedMessage[]) => Promise<void> {
  const counted = metrics.counter('tillit.audit.event', { unit: '{event}', description: 'Events drained, by outcome' })
  return async (stream, messages) => {
    const parsed = messages.map((message) => parseMessage(message, stream, deps.now()))
    const records = parsed.flatMap((one) => one.record ?? [])
    const malformed = parsed.flatMap((one) => (one.record === undefined ? one.malformed : []))
    const saved = await ingest({ records, malformed }, deps)
    for (const one of parsed)
      if (one.record !== undefined && one.doubt !== undefined) deps.alarms.doubt(stream, one.doubt)
    counted.add(saved.inserted, { outcome: 'inserted' })
    counted.add(saved.repeated, { outcome: 'repeated' })
    counted.add(saved.conflicts.length, { outcome: 'conflict' })
    counted.add(malformed.length, { outcome: 'malformed' })
  }
}
