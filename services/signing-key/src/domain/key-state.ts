import type { JwsAlg } from '@tillit/oauth'

export type KeyStatus = 'prepublished' | 'active' | 'retired' | 'withdrawn'

/** Times in epoch milliseconds. `wrapped` is gone as soon as nobody may sign with the key. */
export interface KeyRecord {
  readonly kid: string
  readonly alg: JwsAlg
  readonly purpose: 'access'
  readonly status: KeyStatus
  /** Public members only (J10). */
  readonly publicJwk: Readonly<Record<string, string>>
  readonly wrapped: Uint8Array | undefined
  readonly createdAt: number
  readonly notBefore: number
  readonly activatedAt: number | undefined
  readonly removeAfter: number | undefined
}

export interface NonceRecord {
  /** 0 to 255. */
  readonly id: number
  readonly wrapped: Uint8Array
  readonly createdAt: number
}

/** Everything that is stored; `secrets` newest first. A revision counts the changes of its published entry. */
export interface KeyState {
  readonly keysRevision: number
  readonly keys: readonly KeyRecord[]
  readonly nonceRevision: number
  readonly secrets: readonly NonceRecord[]
}
