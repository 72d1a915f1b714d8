import { importPublicJwk, OAuthError, type PublicKey } from '@tillit/oauth'
import type { ReadModel } from '@tillit/service-kit'
import { currentJwks, isTrusted, retiredJwks, type Jwks, type PublishedKey } from '../domain/jwks.js'
import type { Now, PublishedKeys } from '../domain/ports.js'
import { secondsOf } from '../domain/time.js'

/** The read model's one entry. */
export interface KeySet {
  readonly keys: readonly PublishedKey[]
}

export interface KeyStore extends PublishedKeys {
  /** undefined while no key has ever been received. */
  current(): Jwks | undefined
  retired(): Jwks | undefined
  /** A key that a token can be signed with is known. */
  hasActive(): boolean
}

interface Held {
  readonly published: PublishedKey
  readonly key: PublicKey
}

/** Public keys from the read model, imported when they change; served on when NATS is gone. */
export function createKeyStore(model: Pick<ReadModel<KeySet>, 'onChange'>, now: Now): KeyStore {
  let keys: readonly PublishedKey[] | undefined
  let byKid: ReadonlyMap<string, Held> = new Map()
  // Documents keep their identity for a second, so that the route encodes and hashes them once.
  let documents: { readonly at: number; readonly current: Jwks; readonly retired: Jwks } | undefined
  model.onChange((_key, value) => {
    if (value === null) return
    keys = value.keys
    byKid = new Map(value.keys.flatMap(importHeld).map((held) => [held.published.kid, held]))
    documents = undefined
  })
  const published = () => {
    const at = secondsOf(now())
    if (keys !== undefined && documents?.at !== at)
      documents = { at, current: currentJwks(keys, at), retired: retiredJwks(keys) }
    return documents
  }
  return {
    find: (kid) => {
      const held = byKid.get(kid)
      return held !== undefined && isTrusted(held.published, secondsOf(now())) ? held.key : undefined
    },
    current: () => published()?.current,
    retired: () => published()?.retired,
    hasActive: () => keys?.some((key) => key.status === 'active') ?? false,
  }
}

/** A key that cannot be imported verifies nothing; the others still do. */
function importHeld(published: PublishedKey): Held[] {
  try {
    return [{ published, key: importPublicJwk(published.jwk) }]
  } catch (error) {
    if (error instanceof OAuthError) return []
    throw error
  }
}
