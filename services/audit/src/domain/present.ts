import { cursorAfter } from './parse-query.js'
import type { FoundEvent, ListedGap, Place } from './queries.js'

/** A page of an answer; `next` is absent on the last one. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly next?: string
}

/** Cuts what a store found to `limit`: one more than that means there is a next page. */
export function pageOf<T>(found: readonly T[], limit: number, placeOf: (item: T) => Place): Page<T> {
  const items = found.slice(0, limit)
  const last = items.at(-1)
  return found.length > limit && last !== undefined ? { items, next: cursorAfter(placeOf(last)) } : { items }
}

/**
 * An event as the API shows it: the record itself, when and where it was kept, and on an intent whether a signature was
 * released. An intent is issued only where no outcome says otherwise (security.md, section 1).
 */
export function presentEvent(event: FoundEvent, intentType: string): Record<string, unknown> {
  return {
    ...event.body,
    receivedAt: new Date(event.receivedMs).toISOString(),
    ...(event.broker === undefined ? {} : { brokerStream: event.broker.stream, brokerSeq: event.broker.seq }),
    ...(event.type === intentType ? { issued: event.unsignedReason === undefined } : {}),
    ...(event.unsignedReason === undefined ? {} : { unsignedReason: event.unsignedReason }),
  }
}

export function presentGap(gap: ListedGap): Record<string, unknown> {
  const { noticedMs, alarmedMs, resolvedMs, ...rest } = gap
  return {
    ...rest,
    noticedAt: new Date(noticedMs).toISOString(),
    alarmedAt: new Date(alarmedMs).toISOString(),
    ...(resolvedMs === undefined ? {} : { resolvedAt: new Date(resolvedMs).toISOString() }),
  }
}
