import type { KeyRecord } from './key-state.js'

/** RFC 7518, sections 6.2.1 and 6.3.1: the public members, and no others. */
const PUBLIC_MEMBERS = ['kty', 'crv', 'x', 'y', 'n', 'e'] as const

/** The public half of any JWK, with the members that verifiers select by (J10). */
export function publicJwkOf(
  jwk: Readonly<Record<string, unknown>>,
  { kid, alg }: { kid: string; alg: string },
): Record<string, string> {
  const out: Record<string, string> = {}
  for (const member of PUBLIC_MEMBERS) {
    const value = jwk[member]
    if (typeof value === 'string') out[member] = value
  }
  return { ...out, kid, alg, use: 'sig' }
}

/** One key as it is published. Times are NumericDate seconds. */
export interface PublishedKey {
  readonly kid: string
  readonly alg: string
  readonly purpose: string
  readonly status: KeyRecord['status']
  readonly jwk: Record<string, string>
  readonly notBefore: number
  readonly removeAfter?: number
}

export function publishedKey(key: KeyRecord): PublishedKey {
  const { kid, alg, purpose, status } = key
  return {
    kid,
    alg,
    purpose,
    status,
    jwk: publicJwkOf(key.publicJwk, key),
    notBefore: Math.floor(key.notBefore / 1000),
    ...(key.removeAfter !== undefined && { removeAfter: Math.ceil(key.removeAfter / 1000) }),
  }
}
