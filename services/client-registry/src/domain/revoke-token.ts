import type { RevokedToken } from './model.js'
import type { Now, RegistryStore, Relay } from './ports.js'

/** Longer than any token lives; a later `exp` is not of a token that this issuer signed. */
const MAX_LIFE_SECONDS = 24 * 3_600

/**
 * RFC 7009, section 2.2: commits that a token is no longer valid, and has it told. Idempotent. Undefined when `exp` is out
 * of reason. A token that has expired by itself is kept too: the caller's clock may be behind.
 */
export async function revokeToken(
  token: RevokedToken,
  actor: string,
  deps: { readonly store: RegistryStore; readonly relay: Relay; readonly now: Now },
): Promise<number | undefined> {
  const now = deps.now() / 1000
  if (token.exp > now + MAX_LIFE_SECONDS || token.exp < now - MAX_LIFE_SECONDS) return undefined
  const { revision, created } = await deps.store.revoke(token, { actor })
  if (created) deps.relay.kick()
  return revision
}
