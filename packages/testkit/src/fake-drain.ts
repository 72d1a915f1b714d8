import type { DrainedMessage, DrainOptions, DrainState, Part } from '@tillit/service-kit'
import type { FakeStream } from './fake-stream.js'

export interface FakeDrainOptions {
  readonly stream: FakeStream
  readonly drain: DrainOptions
  readonly now: () => number
  readonly handler: (messages: DrainedMessage[]) => Promise<void>
}

/** A durable in memory: in order, a batch at a time, again until the handler succeeds. */
export function fakeDrain({ stream, drain, now, handler }: FakeDrainOptions): Part & DrainState {
  let position = 0
  let failed = false
  let lastRead = 0
  let running = false
  let stopped = false
  let work = Promise.resolve()

  const step = async (): Promise<void> => {
    const messages = stream.messages.slice(position, position + drain.batch)
    const batch = messages.map(({ options: _options, ...message }) => ({ ...message, redelivered: failed }))
    try {
      await handler(batch)
      position += batch.length
      failed = false
    } catch {
      failed = true
      await Promise.resolve()
    }
  }
  const run = async (): Promise<void> => {
    running = true
    while (!stopped && position < stream.messages.length) await step()
    lastRead = now()
    running = false
  }
  const kick = (): void => {
    if (!running && !stopped) work = run()
  }
  let off = (): void => undefined
  return {
    name: `drain ${drain.stream}`,
    start: () => {
      off = stream.onStored(kick)
      kick()
      return Promise.resolve()
    },
    stop: async () => {
      stopped = true
      off()
      await work
    },
    pending: () => stream.messages.length - position,
    lastSeq: () => position,
    lastReadMs: () => lastRead,
  }
}
