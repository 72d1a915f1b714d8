import { asks } from '@tillit/events'
import { temporarilyUnavailable } from '@tillit/oauth'
import type { Nats } from '@tillit/service-kit'
import type { Now, Signer, SignOutcome } from '../domain/ports.js'
import { batchText, readBatchReply, requestText } from './sign-wire.js'

export interface BatcherOptions {
  /** Milliseconds from the request's arrival here until nothing may be signed for it. */
  readonly deadlineMs: number
  /** Requests that may wait; beyond it 503 at once. */
  readonly maxQueue?: number
  readonly now: Now
  readonly newId: () => string
}

interface Waiting {
  readonly text: string
  readonly arrivedAt: number
  readonly resolve: (outcome: SignOutcome) => void
  readonly reject: (error: unknown) => void
}

/** The contract's limits. */
const MAX_BATCH = 32
const MAX_BYTES = asks.recordAndSign.maxBytes - 1_024
/** Eight seconds' worth of the deadline at the lowest rate that still answers in time; more would only wait to fail. */
const MAX_QUEUE = 4_096
/** An answer takes single milliseconds. When it takes this long, somebody is frozen or far away. */
const PATIENCE_MS = 100
const MAX_IN_FLIGHT = 8

/**
 * Gathers requests into messages of up to 32 (performance.md, "the intended split").
 *
 * There is no timer. The batch in flight is the clock: while it is away, the queue collects the next one, so batches grow with
 * load by themselves and a lone request waits for nothing. One batch is in flight, first come first served.
 *
 * One frozen signer must not hold every client of this process for the whole deadline, though. A request that arrives while
 * the last batch has been away for longer than PATIENCE_MS starts another, which the queue group gives to any signer: at most
 * MAX_IN_FLIGHT, so a frozen member holds only what was sent to it. Those end in 503 at their deadline and are never sent
 * again: the assertion may be spent (reliability.md, section 5).
 */
export function createSigner(nats: Pick<Nats, 'ask'>, options: BatcherOptions): Signer {
  const { now, deadlineMs, newId, maxQueue = MAX_QUEUE } = options
  let queue: Waiting[] = []
  let inFlight = 0
  let sentAt = 0

  const send = (): void => {
    const batch = takeBatch()
    const [oldest] = batch
    if (oldest === undefined) return
    inFlight++
    sentAt = now()
    const deadline = oldest.arrivedAt + deadlineMs
    const text = batchText(
      deadline,
      batch.map((waiting) => waiting.text),
    )
    void nats
      .ask(asks.recordAndSign, text, { timeoutMs: Math.max(1, deadline - sentAt) })
      .then((reply) => settle(batch, readBatchReply(reply, batch.length)))
      .catch((cause: unknown) => fail(batch, cause))
      .finally(() => {
        inFlight--
        if (queue.length > 0) send()
      })
  }

  /** The oldest requests that fit one message, without those whose time is up. */
  const takeBatch = (): Waiting[] => {
    const expired = now() - deadlineMs
    const batch: Waiting[] = []
    let bytes = 0
    let taken = 0
    for (const waiting of queue) {
      // Characters are at most three bytes each in UTF-8; nearly all are one.
      if (batch.length === MAX_BATCH || (batch.length > 0 && bytes + waiting.text.length * 3 > MAX_BYTES)) break
      taken++
      if (waiting.arrivedAt <= expired) waiting.reject(unavailable('expired in the queue'))
      else {
        batch.push(waiting)
        bytes += waiting.text.length * 3
      }
    }
    queue = queue.slice(taken)
    return batch
  }

  return {
    recordAndSign: (order) =>
      new Promise((resolve, reject) => {
        if (queue.length >= maxQueue) {
          reject(unavailable('queue full'))
          return
        }
        queue.push({ text: requestText(order, newId()), arrivedAt: now(), resolve, reject })
        if (inFlight === 0 || (inFlight < MAX_IN_FLIGHT && now() - sentAt > PATIENCE_MS)) send()
      }),
  }
}

function settle(batch: readonly Waiting[], outcomes: readonly SignOutcome[]): void {
  batch.forEach((waiting, i) => {
    const outcome = outcomes[i]
    if (outcome === undefined) waiting.reject(unavailable('missing in the reply'))
    else waiting.resolve(outcome)
  })
}

function fail(batch: readonly Waiting[], cause: unknown): void {
  for (const waiting of batch) waiting.reject(unavailable(cause))
}

/** Whether it was recorded is unknown, so the same assertion may be refused from now on. */
function unavailable(cause: unknown): Error {
  return temporarilyUnavailable('Nothing was issued: try again with a new client_assertion', 1, cause)
}
