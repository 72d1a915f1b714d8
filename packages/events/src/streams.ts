import type { Identity, ServiceName } from './identities.js'

/** A JetStream stream as data; the deploy identity creates it (reliability.md, section 2: required settings). */
export interface StreamContract {
  readonly name: string
  readonly subjects: readonly string[]
  readonly publishers: readonly Identity[]
  /** Who drains it, each through one durable consumer that bears the reader's name. */
  readonly readers: readonly ServiceName[]
  readonly storage: 'file' | 'memory'
  readonly maxAgeSeconds: number
  readonly maxBytes: number
  /** `new` refuses when full: a record is never dropped for another. */
  readonly discard: 'new' | 'old'
  readonly duplicateWindowSeconds: number
  readonly denyDeleteAndPurge: boolean
}

const HOUR = 3_600
/** reliability.md, section 2: at least the assertion's life plus skew. */
const DUPLICATE_WINDOW = 300

/** The number of issuance partitions that a new installation is created with (architecture.md, "eight hops"). */
export const INITIAL_PARTITIONS = 8

/** The stream of one issuance partition. Deduplication is per stream, so a client stays on one. */
export const issuanceStream = (partition: number): StreamContract => ({
  name: issuanceStreamName(partition),
  subjects: [issuanceSubject(partition)],
  publishers: ['signing-key'],
  readers: ['audit'],
  storage: 'file',
  maxAgeSeconds: 72 * HOUR,
  maxBytes: 4 * 1024 ** 3,
  discard: 'new',
  duplicateWindowSeconds: DUPLICATE_WINDOW,
  denyDeleteAndPurge: true,
})
export const issuanceStreamName = (partition: number): string => `ISSUANCE_${partition}`
export const issuanceSubject = (partition: number): string => `issuance.rec.${partition}`

export const streams = {
  /** Seen DPoP proofs: the message ids are the memory, the messages are empty. */
  proofs: {
    name: 'DPOP_PROOFS',
    subjects: ['dpop.spent'],
    publishers: ['signing-key'],
    readers: [],
    storage: 'memory',
    maxAgeSeconds: DUPLICATE_WINDOW,
    maxBytes: 1024 ** 3,
    discard: 'new',
    duplicateWindowSeconds: DUPLICATE_WINDOW,
    denyDeleteAndPurge: true,
  },
  /** Everything that is not an issuance: refusals, heartbeats, epochs. Subject `audit.evt.<service>`. */
  auditEvents: {
    name: 'AUDIT_EVENTS',
    subjects: ['audit.evt.*'],
    publishers: ['token', 'signing-key', 'client-registry'],
    readers: ['audit'],
    storage: 'file',
    maxAgeSeconds: 72 * HOUR,
    maxBytes: 4 * 1024 ** 3,
    discard: 'new',
    duplicateWindowSeconds: DUPLICATE_WINDOW,
    denyDeleteAndPurge: true,
  },
  /** The registry's outbox, in commit order. Subject `registry.change.<kind>`. */
  registryChanges: {
    name: 'REGISTRY_CHANGES',
    subjects: ['registry.change.*'],
    publishers: ['client-registry'],
    readers: ['audit'],
    storage: 'file',
    maxAgeSeconds: 72 * HOUR,
    maxBytes: 4 * 1024 ** 3,
    discard: 'new',
    duplicateWindowSeconds: DUPLICATE_WINDOW,
    denyDeleteAndPurge: true,
  },
} as const satisfies Record<string, StreamContract>

export const auditSubject = (service: ServiceName): string => `audit.evt.${service}`
export const registryChangeSubject = (kind: string): string => `registry.change.${kind}`
/** The durable consumer of a reader on a stream, created by the deploy identity only. */
export const durableName = (reader: ServiceName): string => reader
