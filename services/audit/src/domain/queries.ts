/** Filters of an event search; `fromMs` is inside, `toMs` outside. */
export interface EventQuery {
  readonly clientId?: string
  readonly organisation?: string
  readonly jti?: string
  readonly type?: string
  readonly fromMs: number
  readonly toMs: number
  readonly limit: number
  /** Only what is older than this place. */
  readonly before?: Place
}

/** A place in the order of events: newest first by time, then id. */
export interface Place {
  readonly timeMs: number
  readonly id: string
}

export interface FoundEvent extends Place {
  readonly type: string
  readonly receivedMs: number
  readonly broker?: { readonly stream: string; readonly seq: number }
  readonly body: Readonly<Record<string, unknown>>
  /** The reason of the outcome record about this intent, where there is one. */
  readonly unsignedReason?: string
}

export interface GapQuery {
  readonly openOnly: boolean
  readonly limit: number
  readonly before?: Place
}

export interface ListedGap {
  readonly id: string
  readonly kind: 'missing' | 'lost_tail'
  readonly producer: string
  readonly epoch: string
  readonly stream: string
  readonly from: number
  readonly to?: number
  readonly noticedMs: number
  readonly alarmedMs: number
  readonly resolvedMs?: number
}
