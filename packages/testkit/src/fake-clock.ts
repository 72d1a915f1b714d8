export interface FakeClock {
  /** Epoch milliseconds. */
  readonly now: () => number
  advance(ms: number): void
}

/** A clock that stands still until it is moved. */
export function fakeClock(start = Date.UTC(2026, 0, 1)): FakeClock {
  let at = start
  return {
    now: () => at,
    advance: (ms) => {
      at += ms
    },
  }
}
