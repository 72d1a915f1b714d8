import type { JwsAlg } from '@tillit/oauth'
import type { Logger, Part } from '@tillit/service-kit'
import type { KeyKeeper } from '../domain/key-keeper.js'
import type { KeyRing, KeyStanding } from '../domain/key-ring.js'

const TICK_MS = 15_000
const TICK_JITTER_MS = 5_000

export interface TendOptions {
  readonly keeper: KeyKeeper
  readonly ring: KeyRing
  readonly algs: readonly JwsAlg[]
  readonly log: Logger
}

export interface KeyTending extends Part {
  /** Takes over what another replica published. */
  follow(revision: number, standings: readonly KeyStanding[]): Promise<void>
}

/**
 * Looks after the keys: at the start, which fails without a database, and regularly from then on, when a failure only delays
 * what is due (reliability.md, section 5, "PostgreSQL outage").
 */
export function tendKeys({ keeper, ring, algs, log }: TendOptions): KeyTending {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  let at: Promise<void> = Promise.resolve()
  const warn = (err: unknown): void =>
    log.warn({ 'event.name': 'key.tending_failed', err }, 'Keys could not be looked after; those in memory stay in use')
  /** One at a time, so that a replica never waits for its own lock. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const turn = at.then(work)
    at = turn.catch(() => undefined)
    return turn
  }
  const schedule = (): void => {
    if (stopped) return
    timer = setTimeout(() => void tick(), TICK_MS + Math.random() * TICK_JITTER_MS)
  }
  const tick = (): Promise<void> =>
    inTurn(() => keeper.tend())
      .catch(warn)
      .finally(schedule)
  return {
    name: 'keys',
    start: async () => {
      await inTurn(() => keeper.tend())
      schedule()
    },
    ready: () => {
      const missing = ring.missing(algs)
      return missing.length === 0 || `no active key for ${missing.join(', ')}`
    },
    stop: () => {
      stopped = true
      clearTimeout(timer)
      return at
    },
    follow: (revision, standings) => inTurn(() => keeper.follow(revision, standings)).catch(warn),
  }
}
