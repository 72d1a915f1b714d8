/** RFC 7517, section 5, with public members only. */
export interface Jwks {
  readonly keys: readonly Readonly<Record<string, string>>[]
}

export type KeyStatus = 'prepublished' | 'active' | 'retired' | 'withdrawn'

/** A key as signing-key publishes it. Times are epoch seconds. */
export interface PublishedKey {
  readonly kid: string
  readonly alg: string
  readonly status: KeyStatus
  readonly jwk: Readonly<Record<string, unknown>>
  readonly removeAfter?: number | undefined
}

const PUBLIC_MEMBERS = ['kty', 'crv', 'x', 'y', 'n', 'e'] as const

/** Keys that a token may be signed with, now, soon or until the last one has died. A withdrawn key is trusted by nobody. */
export function isTrusted(key: PublishedKey, now: number): boolean {
  return key.status !== 'withdrawn' && (key.removeAfter === undefined || key.removeAfter > now)
}

export function currentJwks(keys: readonly PublishedKey[], now: number): Jwks {
  return { keys: keys.filter((key) => isTrusted(key, now)).map(publicJwk) }
}

/** helseid.md section 1, `expired_jwks_uri`: keys that sign no more, for whoever must check an old signature. */
export function retiredJwks(keys: readonly PublishedKey[]): Jwks {
  return { keys: keys.filter((key) => key.status === 'retired').map(publicJwk) }
}

/** Only known public members, picked by name: nothing else can slip through, whatever the entry holds (J10). */
function publicJwk(key: PublishedKey): Readonly<Record<string, string>> {
  const jwk: Record<string, string> = {}
  for (const member of PUBLIC_MEMBERS) {
    const value = key.jwk[member]
    if (typeof value === 'string') jwk[member] = value
  }
  return { ...jwk, use: 'sig', alg: key.alg, kid: key.kid }
}
