import { metrics } from '@tillit/service-kit'
import type { Logger } from '@tillit/service-kit'
import type { Alarms } from '../domain/ports.js'

/** Alarms as one line and one count each. Identifiers of clients stay out of both: the row in the database has them. */
export function logAlarms(log: Logger): Alarms {
  const count = (name: string, description: string) => metrics.counter(name, { unit: '{event}', description })
  const conflicts = count('tillit.audit.conflict', 'Second, different records under an id or a spend that was taken')
  const malformed = count('tillit.audit.malformed', 'Messages set aside or kept without being believed')
  const gaps = count('tillit.audit.gap', 'Alarms about missing records')
  return {
    conflict: ({ kind, record }) => {
      conflicts.add(1, { kind })
      log.error(
        { 'event.name': 'audit.conflict', kind, record: record.id, ...placeOf(record) },
        'A second, different record: the broker failed to deduplicate. It is set aside in table conflict',
      )
    },
    malformed: ({ brokerStream, seq, subject, reason }) => {
      malformed.add(1, { reason })
      log.error(
        { 'event.name': 'audit.malformed', stream: brokerStream, seq, subject, reason },
        'A message is no record. It is set aside in table malformed',
      )
    },
    doubt: (stream, reason) => {
      malformed.add(1, { reason })
      log.warn({ 'event.name': 'audit.doubt', stream, reason }, 'A record is kept, its data is not believed')
    },
    gap: (gap) => {
      gaps.add(1, { kind: gap.kind })
      log.error(
        { 'event.name': 'audit.gap', gap: gap.id, kind: gap.kind, ...placeOf(gap), from: gap.from, to: gap.to },
        gap.kind === 'missing' ? 'Records are missing' : `Lost tail possible after ${gap.from - 1}`,
      )
    },
    filled: (gap) => log.warn({ 'event.name': 'audit.gap.filled', gap }, 'Missing records have come after all'),
  }
}

const placeOf = ({ producer, epoch, stream }: { producer: string; epoch: string; stream: string }) => ({
  producer,
  epoch,
  stream,
})
