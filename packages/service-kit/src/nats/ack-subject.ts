/** What JetStream tells about a delivered message, in the subject that acknowledges it. */
export interface DeliveryInfo {
  readonly stream: string
  readonly consumer: string
  readonly deliveries: number
  readonly streamSeq: number
  readonly consumerSeq: number
  readonly timestampMs: number
  readonly pending: number
}

/**
 * Reads both forms: `$JS.ACK.<stream>.<consumer>.<deliveries>.<sseq>.<cseq>.<ns>.<pending>`, and the newer one with domain
 * and account hash before the stream and an optional token at the end. Undefined for anything else.
 */
export function readDelivery(subject: string | undefined): DeliveryInfo | undefined {
  const parts = subject?.split('.') ?? []
  if (parts[0] !== '$JS' || parts[1] !== 'ACK') return undefined
  const at = parts.length === 9 ? 2 : parts.length >= 11 ? 4 : -1
  if (at < 0) return undefined
  const numbers = parts.slice(at + 2, at + 7).map(Number)
  if (numbers.some((value) => !Number.isFinite(value))) return undefined
  const [deliveries = 0, streamSeq = 0, consumerSeq = 0, ns = 0, pending = 0] = numbers
  const timestampMs = Math.floor(ns / 1e6)
  return {
    stream: parts[at] ?? '',
    consumer: parts[at + 1] ?? '',
    deliveries,
    streamSeq,
    consumerSeq,
    timestampMs,
    pending,
  }
}
