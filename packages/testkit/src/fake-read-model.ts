import { NatsUnavailable } from '@tillit/service-kit'
import type { ReadModel } from '@tillit/service-kit'

interface Version<T> {
  readonly value: T | null
  readonly revision: number | undefined
}

export interface FakeReadModel<T> extends ReadModel<T> {
  /** The owner writes. `revision` is taken from the value where it has one; a lower one than held is ignored. */
  put(key: string, value: T): void
  remove(key: string): void
  setFresh(fresh: boolean): void
  /** Not held any more: the next `get` is a load. */
  forget(key: string): void
  /** Loads fail from now on, or work again. */
  setLoads(work: boolean): void
}

/** `ReadModel` in memory, held to `readModelContract` like the real one. It is started from the beginning. */
export function fakeReadModel<T>(initial: Record<string, T> = {}): FakeReadModel<T> {
  const stored = new Map<string, Version<T>>()
  const forgotten = new Set<string>()
  const listeners: ((key: string, value: T | null) => void)[] = []
  let isFresh = true
  let loads = true

  const write = (key: string, value: T | null): void => {
    const revision = (value as { revision?: unknown } | null)?.revision
    const version = { value, revision: typeof revision === 'number' ? revision : undefined }
    const held = stored.get(key)?.revision
    if (held !== undefined && version.revision !== undefined && version.revision < held) return
    stored.set(key, version)
    forgotten.delete(key)
    for (const listener of listeners) listener(key, value)
  }
  const load = async (key: string): Promise<T | null> => {
    await Promise.resolve()
    if (!loads) throw new NatsUnavailable('The entry cannot be loaded')
    forgotten.delete(key)
    return stored.get(key)?.value ?? null
  }
  for (const [key, value] of Object.entries(initial)) write(key, value)
  return {
    name: 'read model fake',
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    ready: () => isFresh || 'read model fake is stale',
    put: write,
    remove: (key) => write(key, null),
    setFresh: (fresh) => {
      isFresh = fresh
    },
    setLoads: (work) => {
      loads = work
    },
    forget: (key) => void forgotten.add(key),
    peek: (key) => (forgotten.has(key) ? undefined : (stored.get(key)?.value ?? null)),
    get: (key) => (forgotten.has(key) ? load(key) : (stored.get(key)?.value ?? null)),
    fresh: () => isFresh,
    onChange: (listener) => void listeners.push(listener),
    *entries() {
      for (const [key, { value }] of stored) if (value !== null && !forgotten.has(key)) yield [key, value]
    },
  }
}
