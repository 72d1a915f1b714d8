import type { Msg } from '@nats-io/nats-core'
import { NatsUnavailable, PublishRefused, PublishUnknown } from './errors.js'
import type { PublishAck } from './types.js'

/** JetStream's error for a message id that another replica of the stream is storing at this moment (security.md, section 1). */
const DUPLICATE_IN_PROCESS = 10158

interface AckReply {
  readonly stream?: string
  readonly seq?: number
  readonly duplicate?: boolean
  readonly error?: { readonly code?: number; readonly err_code?: number; readonly description?: string }
}

/** Reads JetStream's answer to a publish. Throws `PublishRefused`, `PublishUnknown` for no acknowledgement at all,
 * or `NatsUnavailable` where no stream took the subject. */
export function readPublishAck(msg: Msg): PublishAck {
  if (isNoResponders(msg)) throw new NatsUnavailable('No stream takes this subject just now')
  const reply = parse(msg.data)
  if (reply.error) {
    const code = reply.error.err_code ?? reply.error.code ?? 0
    if (code !== DUPLICATE_IN_PROCESS) throw new PublishRefused(code, reply.error.description ?? 'unknown')
    return { duplicate: true, seq: reply.seq ?? 0, stream: reply.stream ?? '' }
  }
  if (typeof reply.stream !== 'string' || typeof reply.seq !== 'number')
    throw new PublishUnknown('The answer is not an acknowledgement')
  return { duplicate: reply.duplicate === true, seq: reply.seq, stream: reply.stream }
}

function parse(data: Uint8Array): AckReply {
  try {
    return (JSON.parse(Buffer.from(data).toString('utf8')) ?? {}) as AckReply
  } catch (cause) {
    throw new PublishUnknown('The answer is not an acknowledgement', { cause })
  }
}

/** The server's own answer where nobody subscribes to a subject. */
export const isNoResponders = (msg: Msg): boolean => msg.data.length === 0 && msg.headers?.code === 503
