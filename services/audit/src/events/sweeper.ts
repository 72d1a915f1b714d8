import { streams } from '@tillit/events'
import { metrics, uuid7 } from '@tillit/service-kit'
import type { Logger, Part } from '@tillit/service-kit'
import type { Alarms, GapStore } from '../domain/ports.js'
import { decideSweep } from '../domain/sweep.js'
import type { Drains } from './drains.js'

export interface SweeperOptions {
  readonly gaps: Pick<GapStore, 'sweep'>
  readonly drains: Pick<Drains, 'observed' | 'lags'>
  readonly alarms: Pick<Alarms, 'gap' | 'filled'>
  readonly gapAfterMs: number
  readonly silentAfterMs: number
  readonly log: Logger
  /** Epoch milliseconds. */
  readonly now: () => number
}

const SWEEP_EVERY_MS = 2_000

/** Looks for gaps every two seconds, in one replica at a time. */
export function createSweeper(options: SweeperOptions): Part {
  const { drains, log, now } = options
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  const run = (): void => {
    running ??= sweepOnce(options)
      .catch((err: unknown) => log.warn({ 'event.name': 'audit.sweep.failed', err }, 'Gaps not looked for this time'))
      .finally(() => (running = undefined))
  }
  return {
    name: 'gap detection',
    start: () => {
      timer = setInterval(run, SWEEP_EVERY_MS)
      lagGauges(drains, now)
      return Promise.resolve()
    },
    stop: async () => {
      clearInterval(timer)
      await running
    },
  }
}

/** One sweep; alarms are raised after it is committed, so that each is raised once. */
export async function sweepOnce(options: Omit<SweeperOptions, 'log'>): Promise<void> {
  const { gaps, drains, alarms, gapAfterMs, silentAfterMs, now } = options
  const decision = await gaps.sweep((state) =>
    decideSweep(state, {
      nowMs: now(),
      observed: drains.observed(),
      gapAfterMs,
      silentAfterMs,
      beatStream: streams.auditEvents.name,
      newId: () => uuid7(now()),
    }),
  )
  for (const gap of decision?.alarms ?? []) alarms.gap(gap)
  for (const id of decision?.filled ?? []) alarms.filled(id)
}

function lagGauges(drains: Pick<Drains, 'lags'>, now: () => number): void {
  metrics.gauge('tillit.audit.consumer.lag', {
    unit: '{message}',
    description: 'Messages that are not drained yet, by stream',
    read: () => drains.lags().map(({ stream, pending }) => ({ value: pending, attributes: { subscriber: stream } })),
  })
  metrics.gauge('tillit.audit.consumer.lag.age', {
    unit: 's',
    description: 'How far behind the drain is in time, by stream',
    read: () =>
      drains.lags().map(({ stream, pending, handledMs }) => ({
        value: pending === 0 || handledMs === 0 ? 0 : Math.max(0, now() - handledMs) / 1_000,
        attributes: { subscriber: stream },
      })),
  })
}
