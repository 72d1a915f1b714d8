import type { Logger } from '../log.js'
import { withRetry } from '../resilience/with-retry.js'
import type { Part } from './part.js'

const RETRY = { budgetMs: Infinity, firstDelayMs: 200, maxDelayMs: 5_000 }

export interface StartOptions {
  readonly parts: readonly Part[]
  readonly log: Logger
  /** Aborted when the process is told to stop meanwhile. */
  readonly signal: AbortSignal
  readonly started: (part: Part) => void
}

/** Starts parts in order; each is tried until it works, since what it needs may come up later than we do. */
export async function startParts({ parts, log, signal, started }: StartOptions): Promise<void> {
  for (const part of parts) {
    if (signal.aborted) return
    // Told first: a start that is given up half-way is stopped as well.
    started(part)
    const onRetry = (err: unknown, delayMs: number): void =>
      log.warn({ 'event.name': 'part.start_failed', part: part.name, delayMs, err }, 'Waiting for a dependency')
    // Endless retries end in one way only: the process was told to stop.
    await withRetry(async () => part.start?.(), { ...RETRY, signal, onRetry }).catch(() => undefined)
  }
}
