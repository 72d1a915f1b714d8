export interface Refusal {
  readonly requester: string
  readonly clientId?: string
  readonly rule: string
  readonly count: number
}

/** Kinds of refusal counted apart between two reports; more are counted without their client. */
const MAX_KINDS = 1_000

/** Counts refusals, so that a caller gone wild costs audit a few records and not one each (J09). */
export class Refusals {
  #counts = new Map<string, Refusal>()

  count(requester: string, clientId: string | undefined, rule: string): void {
    const named = clientId !== undefined && this.#counts.size < MAX_KINDS ? clientId : undefined
    const key = JSON.stringify([requester, named ?? null, rule])
    const known = this.#counts.get(key)
    const base = { requester, rule, ...(named !== undefined && { clientId: named }) }
    this.#counts.set(key, { ...base, count: (known?.count ?? 0) + 1 })
  }

  /** What was counted since the last call. */
  take(): Refusal[] {
    const taken = [...this.#counts.values()]
    this.#counts = new Map()
    return taken
  }
}
