import { buckets } from '@tillit/events'
import { NatsUnavailable, PublishRefused, type Nats } from '@tillit/service-kit'
import type { Snapshot } from '../domain/outbox.js'
import { entryOf, keyOf, ttlOf } from './entries.js'

const BUCKET = buckets.registry.name
const subjectOf = (key: string): string => `$KV.${BUCKET}.${key}`
const directGet = (key: string): string => `$JS.API.DIRECT.GET.KV_${BUCKET}.${subjectOf(key)}`

const TIMEOUT_MS = 2_000
/** JetStream's "wrong last sequence": somebody wrote the key since it was read. */
const WRONG_LAST = new Set([10_071, 10_164])
const ATTEMPTS = 5

/** The last value of a key: its place in the stream (0: none) and its revision (0: no value). */
export interface Last {
  readonly seq: number
  readonly revision: number
}

/** The part of a direct get's answer that is read. */
export interface Reply {
  readonly data: Uint8Array
  readonly headers?: { readonly code: number; readonly description: string; get(name: string): string }
}

/** What is needed of NATS: an acknowledged publish, and a request on the bucket's direct get. */
export interface BucketNats extends Pick<Nats, 'publish'> {
  readonly raw: { request(subject: string, payload: string, timeoutMs: number): Promise<Reply> }
}

export interface PutResult {
  readonly put: boolean
  /** The revision that the key holds now; 0 for an entry whose time is over. */
  readonly revision: number
}

export interface RegistryBucket {
  last(snapshot: Pick<Snapshot, 'kind' | 'subject'>): Promise<Last>
  /** Does nothing when the bucket holds this revision or a higher one already, or when the entry's time is over. */
  putIfNewer(snapshot: Snapshot, guess?: Last): Promise<PutResult>
}

/**
 * Writes by compare-and-set on the key's last sequence. A put of a frozen replica, or one whose acknowledgement was lost,
 * may arrive late: the server then refuses it, so an old value never stands after a newer one. Puts bear no
 * `Nats-Msg-Id`, so that nobody can suppress one by using its id first (J05).
 */
export function registryBucket(nats: BucketNats, now: () => number): RegistryBucket {
  const last: RegistryBucket['last'] = async (record) => {
    const reply = await nats.raw.request(directGet(keyOf(record)), '', TIMEOUT_MS)
    return readLast(reply)
  }
  const putIfNewer: RegistryBucket['putIfNewer'] = async (snapshot, guess) => {
    const ttlSeconds = ttlOf(snapshot, now())
    if (ttlSeconds !== undefined && ttlSeconds <= 0) return { put: false, revision: 0 }
    const entry = JSON.stringify(entryOf(snapshot))
    let known = guess ?? (await last(snapshot))
    for (let attempt = 1; known.revision < snapshot.revision; attempt++) {
      try {
        await nats.publish(subjectOf(keyOf(snapshot)), entry, {
          timeoutMs: TIMEOUT_MS,
          expectLastSubjectSequence: known.seq,
          ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
        })
        return { put: true, revision: snapshot.revision }
      } catch (error) {
        const raced = error instanceof PublishRefused && WRONG_LAST.has(error.code)
        if (!raced || attempt === ATTEMPTS) throw error
        known = await last(snapshot)
      }
    }
    return { put: false, revision: known.revision }
  }
  return { last, putIfNewer }
}

/** A direct get answers with the message, its sequence in `Nats-Sequence`, or with status 404. */
function readLast({ data, headers }: Reply): Last {
  if (headers?.code === 404) return { seq: 0, revision: 0 }
  const seq = Number(headers?.get('Nats-Sequence'))
  if (!headers || headers.code >= 400 || !Number.isInteger(seq) || seq <= 0) {
    throw new NatsUnavailable(`the registry bucket cannot be read: ${headers?.description ?? 'no headers'}`)
  }
  return { seq, revision: revisionOf(data) }
}

function revisionOf(data: Uint8Array): number {
  if (data.length === 0) return 0
  try {
    const { revision } = JSON.parse(Buffer.from(data).toString('utf8')) as { revision?: unknown }
    return typeof revision === 'number' ? revision : 0
  } catch {
    return 0
  }
}
