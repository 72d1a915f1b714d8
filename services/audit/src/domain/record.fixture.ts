import { uuid7 } from '@tillit/service-kit'
import { timeOfUuidV7 } from '@tillit/oauth'
import type { AuditRecord } from './record.js'

let seq = 0

/** A record as it would come from a stream; everything can be overridden. */
export function aRecord(given: Partial<AuditRecord> & { data?: unknown } = {}): AuditRecord {
  const { data = {}, ...overrides } = given
  const id = overrides.id ?? uuid7(Date.now())
  const timeMs = timeOfUuidV7(id) ?? Date.now()
  seq += 1
  const type = overrides.type ?? 'no.tillit.token.intent.v1'
  const place = { producer: 'signing-key/test', epoch: 'epoch-fixture', stream: 'ISSUANCE_0', n: seq, ...overrides }
  const { producer, epoch, stream, n } = place
  const envelope = { specversion: '1.0', id, source: '/tillit/test/signing-key', type, time: new Date(timeMs) }
  return {
    id,
    timeMs,
    type,
    producer,
    epoch,
    stream,
    n,
    broker: { stream, seq, storedMs: timeMs },
    organisations: [],
    body: JSON.stringify({ ...envelope, producer, epoch, stream, n, data }),
    ...overrides,
  }
}
