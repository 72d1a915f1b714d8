import type { Msg, MsgHdrs } from '@nats-io/nats-core'

/** One stored version of a key, as the watch or a direct get brings it. */
export interface BucketMessage {
  readonly key: string
  readonly seq: number
  /** Undefined: the key was removed. */
  readonly data: Uint8Array | undefined
  /** Epoch milliseconds when the broker forgets it; undefined: never. */
  readonly expiresAt?: number
}

/** `Nats-TTL` is written as whole seconds, with or without an `s`, where Tillit's own services write it. */
export function expiryOf(headers: MsgHdrs | undefined, storedMs: number): { expiresAt?: number } {
  const seconds = /^(\d{1,10})s?$/.exec(headers?.get('Nats-TTL') ?? '')?.[1]
  return seconds === undefined ? {} : { expiresAt: storedMs + Number(seconds) * 1_000 }
}

/** A removal: the owner's own marker, or the broker's when a message's time was up. */
export function isRemoval(headers: MsgHdrs | undefined): boolean {
  if (!headers) return false
  const operation = headers.get('KV-Operation')
  return operation === 'DEL' || operation === 'PURGE' || headers.get('Nats-Marker-Reason') !== ''
}

/** Flow control and heartbeats come as status 100 without data. */
export type Control =
  { readonly kind: 'flow'; readonly reply: string } | { readonly kind: 'heartbeat'; readonly consumerSeq: number }

/** Undefined for a data message. A stalled consumer names in its heartbeat where to answer. */
export function readControl(msg: Msg): Control | undefined {
  const { headers } = msg
  if (headers?.code !== 100 || msg.data.length > 0) return undefined
  if (msg.reply) return { kind: 'flow', reply: msg.reply }
  const stalled = headers.get('Nats-Consumer-Stalled')
  if (stalled) return { kind: 'flow', reply: stalled }
  return { kind: 'heartbeat', consumerSeq: Number(headers.get('Nats-Last-Consumer')) }
}
