import { durableName } from '@tillit/events'
import type { DrainedMessage, DrainState, Nats, Part } from '@tillit/service-kit'
import type { Observed } from '../domain/reading.js'

export interface DrainDeps {
  readonly nats: Pick<Nats, 'drainStream'>
  /** Resolves when the batch is committed. */
  readonly handle: (stream: string, messages: readonly DrainedMessage[]) => Promise<void>
  readonly batch: number
}

/** How far behind one stream is. */
export interface Lag {
  readonly stream: string
  readonly pending: number
  /** When the broker stored the last message that is handled, epoch milliseconds; 0 before the first. */
  readonly handledMs: number
}

export interface Drain {
  readonly stream: string
  readonly part: Part
  lag(): Lag
  observed(): Observed | undefined
}

const MAX_WAIT_MS = 1_000

/** One stream through audit's durable. Several replicas may pull from it side by side. */
export function drainOf(stream: string, { nats, handle, batch }: DrainDeps): Drain {
  let handledMs = 0
  let atWork = false
  const options = { stream, durable: durableName('audit'), batch, maxWaitMs: MAX_WAIT_MS }
  const part: Part & DrainState = nats.drainStream(options, async (messages) => {
    atWork = true
    await handle(stream, messages)
    atWork = false
    handledMs = messages.at(-1)?.timestampMs ?? handledMs
  })
  return {
    stream,
    part,
    lag: () => ({ stream, pending: part.pending() ?? 0, handledMs }),
    // With nothing left to read, the stream is known up to now; else up to the last message that is committed.
    observed: () => {
      const untilMs = part.pending() === 0 && !atWork ? part.lastReadMs() : handledMs
      return untilMs > 0 ? { stream, untilMs } : undefined
    },
  }
}
