import type { Histogram } from '@opentelemetry/api'
import { metrics } from '../telemetry/metrics.js'

type Operation = 'request' | 'publish'

let duration: Histogram | undefined
const attributes = new Map<string, Record<string, string>>()

/** One histogram record an operation. `started` is of `performance.now()`. */
export function recordOperation(operation: Operation, subject: string, started: number): void {
  duration ??= metrics.histogram('messaging.client.operation.duration', {
    unit: 's',
    description: 'Time from sending a message to its reply or acknowledgement',
  })
  duration.record((performance.now() - started) / 1_000, attributesOf(operation, templateOf(subject)))
}

function attributesOf(operation: Operation, template: string): Record<string, string> {
  const key = `${operation} ${template}`
  let known = attributes.get(key)
  if (!known) {
    known = {
      'messaging.system': 'nats',
      'messaging.operation.name': operation,
      'messaging.destination.template': template,
    }
    attributes.set(key, known)
  }
  return known
}

/** At most the first two tokens of a subject: the rest may name a client, and metrics carry no identifiers. */
export function templateOf(subject: string): string {
  const first = subject.indexOf('.')
  const second = first < 0 ? -1 : subject.indexOf('.', first + 1)
  return second < 0 ? subject : `${subject.slice(0, second)}.>`
}
