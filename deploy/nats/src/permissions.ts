import {
  answerSubject,
  askSubject,
  asks,
  auditSubject,
  buckets,
  durableName,
  INITIAL_PARTITIONS,
  inboxPrefix,
  issuanceStream,
  services,
  streams,
} from '@tillit/events'
import type { Identity, ServiceName, StreamContract } from '@tillit/events'

/** What one identity may do, as allow-lists only: whatever is not listed is refused (security.md, section 8). */
export interface Permissions {
  readonly publish: readonly string[]
  /** A subject, or a subject and the one queue group in which it may be read (`sign.req.* signing-key`). */
  readonly subscribe: readonly string[]
  /** Present for an identity that answers asks: one reply to each request, within the time. */
  readonly allowResponses?: { readonly max: number; readonly expires: string }
}

/** Every identity with a user of its own, services first. */
export const identities: readonly Identity[] = [...services, 'deploy']

const ANSWER_ONCE = { max: 1, expires: '10s' } as const

/** All stream contracts of an installation with this number of issuance partitions. */
export function allStreams(partitions: number = INITIAL_PARTITIONS): readonly StreamContract[] {
  const issuance = Array.from({ length: partitions }, (_, partition) => issuanceStream(partition))
  return [...issuance, ...Object.values(streams)]
}

/**
 * The permissions of one identity, computed from the contracts of `@tillit/events` (security.md, section 8).
 * `partitions` must be at least the number of issuance streams that exist: a reader is listed stream by stream.
 */
export function permissionsFor(identity: Identity, partitions: number = INITIAL_PARTITIONS): Permissions {
  const subscribe = [`${inboxPrefix(identity)}.>`]
  if (identity === 'deploy') return { publish: sorted([...owned(identity), ...creating]), subscribe }
  const answered = Object.values(asks).filter((ask) => ask.owner === identity)
  const publish = sorted([
    ...owned(identity),
    ...asked(identity),
    ...written(identity, partitions),
    ...drained(identity, partitions),
    ...watched(identity),
  ])
  const answers = answered.map((ask) => `${answerSubject(ask)} ${ask.queue}`)
  return {
    publish,
    subscribe: [...subscribe, ...sorted(answers)],
    ...(answered.length > 0 ? { allowResponses: ANSWER_ONCE } : {}),
  }
}

/** The permissions of every identity: what `permissions.json` holds. */
export function allPermissions(partitions: number = INITIAL_PARTITIONS): Record<Identity, Permissions> {
  return Object.fromEntries(identities.map((identity) => [identity, permissionsFor(identity, partitions)])) as Record<
    Identity,
    Permissions
  >
}

const sorted = (subjects: readonly string[]): string[] => [...new Set(subjects)].sort()

/** Deploy creates, looks and updates. It has neither delete nor purge, and it reads no message. */
const creating = [
  '$JS.API.STREAM.CREATE.*',
  '$JS.API.STREAM.UPDATE.*',
  '$JS.API.STREAM.INFO.*',
  '$JS.API.CONSUMER.CREATE.*.*',
  '$JS.API.CONSUMER.INFO.*.*',
]

const owned = (identity: Identity): string[] =>
  Object.values(buckets)
    .filter((bucket) => bucket.owner === identity)
    .map((bucket) => `$KV.${bucket.name}.>`)

const asked = (service: ServiceName): string[] =>
  Object.values(asks)
    .filter((ask) => (ask.callers as readonly ServiceName[]).includes(service))
    .map((ask) => askSubject(ask, service))

function written(service: ServiceName, partitions: number): string[] {
  const own = allStreams(partitions).filter((stream) => stream.publishers.includes(service))
  return own.flatMap((stream) => {
    // One stream takes the events of all services; each may speak in its own name only.
    if (stream.name === streams.auditEvents.name) return [auditSubject(service)]
    // A memory stream is gone when its servers were: the signer looks, and makes it anew (docs/adr/0007).
    if (stream.name === streams.proofs.name)
      return [...stream.subjects, ...['INFO', 'CREATE'].map((verb) => `$JS.API.STREAM.${verb}.${stream.name}`)]
    return stream.subjects
  })
}

/** A durable that exists already: fetch and acknowledge, in both forms of the acknowledgement subject. */
function drained(service: ServiceName, partitions: number): string[] {
  const read = allStreams(partitions).filter((stream) => stream.readers.includes(service))
  return read.flatMap(({ name }) => {
    const at = `${name}.${durableName(service)}`
    return [`$JS.API.CONSUMER.INFO.${at}`, `$JS.API.CONSUMER.MSG.NEXT.${at}`, `$JS.ACK.${at}.>`, `$JS.ACK.*.*.${at}.>`]
  })
}

/** The read-model exception: an own ordered consumer, on the buckets only. */
function watched(service: ServiceName): string[] {
  const read = Object.values(buckets).filter((bucket) => (bucket.readers as readonly ServiceName[]).includes(service))
  return read.flatMap(({ name }) => [
    `$JS.API.STREAM.INFO.KV_${name}`,
    `$JS.API.DIRECT.GET.KV_${name}.>`,
    `$JS.API.CONSUMER.CREATE.KV_${name}.*.$KV.${name}.>`,
    `$JS.API.CONSUMER.INFO.KV_${name}.*`,
    `$JS.API.CONSUMER.DELETE.KV_${name}.*`,
    `$JS.FC.KV_${name}.>`,
    // nats-server 2.15 can put domain and account before the stream's name, as it does in acknowledgements.
    `$JS.FC.*.*.KV_${name}.>`,
  ])
}
