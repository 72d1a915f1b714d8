import type { JwsAlg } from '@tillit/oauth'
import type { KeyRecord, NonceRecord } from './key-state.js'

const SECOND = 1_000
const HOUR = 3_600 * SECOND
/** security.md section 4: a spare is known to relying parties this long before it signs. */
export const PREPUBLISH_MS = 48 * HOUR
export const ACTIVE_MS = 30 * 24 * HOUR
/** A retired key stays after its last token has died: clocks, and caches of the key set. */
export const RETIRED_MARGIN_MS = 24 * HOUR
export const NONCE_ROTATION_MS = HOUR
export const NONCE_SECRETS_KEPT = 2

/** One change to the keys. Times in epoch milliseconds. */
export type KeyStep =
  | {
      readonly do: 'create'
      readonly alg: JwsAlg
      readonly status: 'active' | 'prepublished'
      readonly notBefore: number
    }
  | { readonly do: 'activate'; readonly kid: string; readonly alg: JwsAlg }
  | { readonly do: 'retire' | 'withdraw'; readonly kid: string; readonly alg: JwsAlg; readonly removeAfter: number }
  | { readonly do: 'remove'; readonly kid: string; readonly alg: JwsAlg }

export interface KeyPolicy {
  readonly algs: readonly JwsAlg[]
  /** Milliseconds: the longest that any token lives. */
  readonly maxTokenLifetimeMs: number
}

/** What is due now, in the order in which it must be done. Empty most of the time. */
export function planKeys(keys: readonly KeyRecord[], policy: KeyPolicy, now: number): KeyStep[] {
  const wanted = policy.algs.flatMap((alg) => planAlg(of(keys, alg), { ...policy, alg, now }))
  const dropped = keys.filter((key) => isLive(key) && !policy.algs.includes(key.alg))
  const expired = keys.filter((key) => key.removeAfter !== undefined && key.removeAfter <= now)
  return [
    ...wanted,
    ...dropped.map((key) => retire(key, policy, now)),
    ...expired.map((key): KeyStep => ({ do: 'remove', kid: key.kid, alg: key.alg })),
  ]
}

/**
 * Emergency: the active key is trusted by nobody from now on, the spare signs at once, and a new spare is made (security.md
 * section 4). Relying parties that cached the old key set still know the withdrawn key: the deny-list is the entry itself.
 */
export function planEmergency(keys: readonly KeyRecord[], policy: KeyPolicy & { alg: JwsAlg }, now: number): KeyStep[] {
  const own = of(keys, policy.alg)
  const active = own.find((key) => key.status === 'active')
  const spare = own.find((key) => key.status === 'prepublished')
  const removeAfter = now + policy.maxTokenLifetimeMs + RETIRED_MARGIN_MS
  return [
    ...(active ? [{ do: 'withdraw', kid: active.kid, alg: active.alg, removeAfter } satisfies KeyStep] : []),
    ...succeed(spare, policy.alg, now),
    newSpare(policy.alg, now),
  ]
}

/** When the active key of an algorithm gives way to its spare, epoch milliseconds; undefined without an active key. */
export function nextRotation(keys: readonly KeyRecord[], alg: JwsAlg): number | undefined {
  const own = of(keys, alg)
  const active = own.find((key) => key.status === 'active')
  if (active === undefined) return undefined
  const spare = own.find((key) => key.status === 'prepublished')
  return Math.max((active.activatedAt ?? active.notBefore) + ACTIVE_MS, spare?.notBefore ?? 0)
}

/** Whether a new nonce secret is due. */
export function nonceSecretDue(secrets: readonly NonceRecord[], now: number): boolean {
  const newest = secrets[0]
  return newest === undefined || newest.createdAt + NONCE_ROTATION_MS <= now
}

/** The id of the next secret: one byte that goes round, so that two neighbours never share it. */
export function nextSecretId(secrets: readonly NonceRecord[]): number {
  const newest = secrets[0]
  return newest === undefined ? 0 : (newest.id + 1) % 256
}

function planAlg(own: readonly KeyRecord[], context: KeyPolicy & { alg: JwsAlg; now: number }): KeyStep[] {
  const { alg, now } = context
  const active = own.find((key) => key.status === 'active')
  const spare = own.find((key) => key.status === 'prepublished')
  if (active === undefined) return [...succeed(spare, alg, now), newSpare(alg, now)]
  if (spare === undefined) return [newSpare(alg, now)]
  const due = nextRotation(own, alg) ?? Infinity
  if (now < due) return []
  return [retire(active, context, now), { do: 'activate', kid: spare.kid, alg }, newSpare(alg, now)]
}

/** The spare signs; without one a new key does, known to relying parties only from now on. */
function succeed(spare: KeyRecord | undefined, alg: JwsAlg, now: number): KeyStep[] {
  return spare === undefined
    ? [{ do: 'create', alg, status: 'active', notBefore: now }]
    : [{ do: 'activate', kid: spare.kid, alg }]
}

const newSpare = (alg: JwsAlg, now: number): KeyStep => ({
  do: 'create',
  alg,
  status: 'prepublished',
  notBefore: now + PREPUBLISH_MS,
})

const retire = (key: KeyRecord, policy: KeyPolicy, now: number): KeyStep => ({
  do: 'retire',
  kid: key.kid,
  alg: key.alg,
  removeAfter: now + policy.maxTokenLifetimeMs + RETIRED_MARGIN_MS,
})

const of = (keys: readonly KeyRecord[], alg: JwsAlg): readonly KeyRecord[] => keys.filter((key) => key.alg === alg)

const isLive = (key: KeyRecord): boolean => key.status === 'active' || key.status === 'prepublished'
