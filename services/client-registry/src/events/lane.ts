import type { Logger } from '@tillit/service-kit'
import type { Lane, Outbox, OutboxRow, Published } from '../domain/outbox.js'

export interface LaneOptions {
  readonly outbox: Outbox
  readonly lane: Lane
  /** Rows a batch. */
  readonly limit: number
  readonly publish: (rows: readonly OutboxRow[]) => Promise<Published>
  /** Called after rows were published: the next lane has work. */
  readonly onProgress?: () => void
  readonly log: Logger
  /** Milliseconds between looks when nobody kicks. */
  readonly pollMs?: number
}

export interface LaneLoop {
  start(): void
  /** Look now. */
  kick(): void
  /** One turn now, beside the loop: the lane's lock keeps them apart. */
  flush(): Promise<void>
  stop(): Promise<void>
}

const POLL_MS = 500
const MAX_WAIT_MS = 2_000

/** Takes batch after batch while there are any, then waits for a kick or the next poll. Survives every outage by waiting. */
export function laneLoop(options: LaneOptions): LaneLoop {
  const pollMs = options.pollMs ?? POLL_MS
  let stopped = false
  let kicked = false
  let wake: (() => void) | undefined
  let running: Promise<void> | undefined
  let failures = 0

  const stalled = (err: unknown): false => {
    failures += 1
    if (failures === 1) options.log.error({ 'event.name': 'outbox.stalled', lane: options.lane, err }, 'outbox waits')
    return false
  }
  const turn = async (): Promise<boolean> => {
    try {
      const published = await options.outbox.take(options.lane, options.limit, options.publish)
      if (published && published.done.length > 0) options.onProgress?.()
      if (published?.error !== undefined) return stalled(published.error)
      if (failures > 0)
        options.log.info({ 'event.name': 'outbox.resumed', lane: options.lane }, 'outbox is published again')
      failures = 0
      return published !== undefined
    } catch (err) {
      return stalled(err)
    }
  }
  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  const loop = async (): Promise<void> => {
    while (!stopped) {
      if (await turn()) continue
      if (!kicked || failures > 0) await wait(Math.min(pollMs * 2 ** Math.min(failures, 4), MAX_WAIT_MS))
      kicked = false
    }
  }
  return {
    start: () => {
      running ??= loop()
    },
    kick: () => {
      kicked = true
      if (failures === 0) wake?.()
    },
    flush: async () => {
      await turn()
    },
    stop: async () => {
      stopped = true
      wake?.()
      await running
    },
  }
}
