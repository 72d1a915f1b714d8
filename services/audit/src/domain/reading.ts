/** A stream of the broker was read without interruption from `sinceMs` and up to `untilMs`, epoch milliseconds. */
export interface Reading {
  readonly stream: string
  readonly sinceMs: number
  readonly untilMs: number
}

/** What this process has just seen of a stream: everything that was stored before `untilMs` was read. */
export interface Observed {
  readonly stream: string
  readonly untilMs: number
}

/** A longer pause between two observations starts the reading anew: what happened meanwhile says nothing about producers. */
export const LONGEST_PAUSE_MS = 15_000

/**
 * Carries the readings on; another replica may have read further already. A reading from the future is one of a clock that ran
 * ahead: it would alarm early, so it starts anew.
 */
export function advanceReadings(readings: readonly Reading[], observed: readonly Observed[], nowMs: number): Reading[] {
  const byStream = new Map(readings.map((reading) => [reading.stream, reading]))
  for (const { stream, untilMs: claimedMs } of observed) {
    const untilMs = Math.min(claimedMs, nowMs)
    const before = byStream.get(stream)
    const carriesOn =
      before !== undefined && untilMs <= before.untilMs + LONGEST_PAUSE_MS && before.untilMs <= nowMs + LONGEST_PAUSE_MS
    if (!carriesOn) byStream.set(stream, { stream, sinceMs: untilMs, untilMs })
    else if (untilMs > before.untilMs) byStream.set(stream, { ...before, untilMs })
  }
  return [...byStream.values()]
}

/** The reading of a stream; of an unknown one the slowest of all, so that nothing alarms early. */
export function readingOf(readings: readonly Reading[], stream: string): Reading | undefined {
  const own = readings.find((reading) => reading.stream === stream)
  if (own !== undefined || readings.length === 0) return own
  return {
    stream,
    sinceMs: Math.max(...readings.map((reading) => reading.sinceMs)),
    untilMs: Math.min(...readings.map((reading) => reading.untilMs)),
  }
}

/** How long after `fromMs` the stream has been read without interruption, in milliseconds. */
export function readFor(reading: Reading | undefined, fromMs: number): number {
  return reading === undefined ? 0 : reading.untilMs - Math.max(fromMs, reading.sinceMs)
}
