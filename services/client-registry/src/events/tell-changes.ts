import { eventTypes, registryChangeSubject, streams, type Envelope, type RegistryChanged } from '@tillit/events'
import type { Nats } from '@tillit/service-kit'
import type { OutboxRow, Published } from '../domain/outbox.js'
import { keyOf } from './entries.js'

const TIMEOUT_MS = 2_000

/** The outbox is one producer for all replicas: its sequence is the registry's revision. */
export function changeEnvelope(row: OutboxRow, environment: string): Envelope {
  const data: RegistryChanged = {
    revision: row.revision,
    kind: row.kind,
    key: keyOf(row),
    actor: row.actor,
    action: row.action,
    ...(row.organisation === undefined ? {} : { organisation: row.organisation }),
    ...(row.clientId === undefined ? {} : { clientId: row.clientId }),
    ...(row.kind === 'revoked' ? { jti: row.subject[0] ?? '' } : {}),
  }
  return {
    specversion: '1.0',
    id: row.eventId,
    source: `/tillit/${environment}/client-registry`,
    type: eventTypes.registryChanged,
    time: new Date(row.createdAt).toISOString(),
    producer: 'client-registry/outbox',
    epoch: 'outbox',
    stream: streams.registryChanges.name,
    n: row.revision,
    data,
  }
}

/** Publishes change events strictly one after another: the stream has them in the order of commits. */
export async function tellChanges(
  rows: readonly OutboxRow[],
  nats: Pick<Nats, 'publish'>,
  environment: string,
): Promise<Published> {
  const done: number[] = []
  for (const row of rows) {
    try {
      // The random id makes a retry harmless; nobody else can know it beforehand.
      await nats.publish(registryChangeSubject(row.kind), JSON.stringify(changeEnvelope(row, environment)), {
        timeoutMs: TIMEOUT_MS,
        msgId: row.eventId,
        contentType: 'application/cloudevents+json',
      })
      done.push(row.revision)
    } catch (error) {
      return { done, error }
    }
  }
  return { done }
}
