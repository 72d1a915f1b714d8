import type { RawNats, RawReply } from '../nats/types.js'
import { NatsUnavailable } from '../nats/errors.js'

const API_TIMEOUT_MS = 2_000
const HEARTBEAT_NS = 1_000_000_000
/** The broker forgets the consumer this long after the last sign of its reader. */
const INACTIVE_NS = 30 * 1_000_000_000

export interface BucketState {
  /** When the stream was made: another time means another stream. */
  readonly created: string
  readonly lastSeq: number
  readonly messages: number
}

/** Where a watch begins: every key's latest value, or all that came after a sequence. */
export type WatchFrom = 'latest-values' | { readonly afterSeq: number }

export interface WatchRequest {
  readonly consumer: string
  readonly deliverTo: string
  readonly keys: string
  readonly from: WatchFrom
}

/** The JetStream API of one bucket, with the permissions of a reader (security.md, section 8). */
export class BucketApi {
  readonly #nats: RawNats
  readonly #bucket: string

  constructor(nats: RawNats, bucket: string) {
    this.#nats = nats
    this.#bucket = bucket
  }

  get subjectPrefix(): string {
    return `$KV.${this.#bucket}.`
  }

  async state(): Promise<BucketState> {
    const info = await this.#call<{ created: string; state: { last_seq: number; messages: number } }>('STREAM.INFO', '')
    return { created: info.created, lastSeq: info.state.last_seq, messages: info.state.messages }
  }

  /** Creates an ordered push consumer. Returns how many messages it has still to deliver. */
  async watch({ consumer, deliverTo, keys, from }: WatchRequest): Promise<number> {
    const filter = `${this.subjectPrefix}${keys}`
    const start =
      from === 'latest-values'
        ? { deliver_policy: 'last_per_subject' }
        : { deliver_policy: 'by_start_sequence', opt_start_seq: from.afterSeq + 1 }
    const config = {
      name: consumer,
      deliver_subject: deliverTo,
      filter_subject: filter,
      ack_policy: 'none',
      max_deliver: 1,
      flow_control: true,
      idle_heartbeat: HEARTBEAT_NS,
      inactive_threshold: INACTIVE_NS,
      mem_storage: true,
      num_replicas: 1,
      ...start,
    }
    const body = JSON.stringify({ stream_name: this.#stream, config, action: 'create' })
    const created = await this.#call<{ num_pending: number }>('CONSUMER.CREATE', body, `.${consumer}.${filter}`)
    return created.num_pending
  }

  /** Best effort: the broker forgets it anyway. */
  unwatch(consumer: string): void {
    this.#nats.request(`$JS.API.CONSUMER.DELETE.${this.#stream}.${consumer}`, '', API_TIMEOUT_MS).catch(() => undefined)
  }

  /** The latest message of a key, straight from a replica; undefined: there is none. */
  async latest(key: string): Promise<RawReply | undefined> {
    const subject = `$JS.API.DIRECT.GET.${this.#stream}.${this.subjectPrefix}${key}`
    const reply = await this.#nats.request(subject, '', API_TIMEOUT_MS)
    const code = reply.headers?.code ?? 0
    if (code === 404) return undefined
    if (code >= 300) throw new NatsUnavailable(`Bucket ${this.#bucket} refused a read (${code})`)
    return reply
  }

  get #stream(): string {
    return `KV_${this.#bucket}`
  }

  async #call<R>(verb: string, body: string, suffix = ''): Promise<R> {
    const reply = await this.#nats.request(`$JS.API.${verb}.${this.#stream}${suffix}`, body, API_TIMEOUT_MS)
    const json = JSON.parse(Buffer.from(reply.data).toString('utf8')) as R & { error?: { description?: string } }
    if (json.error)
      throw new NatsUnavailable(`Bucket ${this.#bucket}: ${verb} was refused: ${json.error.description ?? 'unknown'}`)
    return json
  }
}
