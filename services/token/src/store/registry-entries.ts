import { importPublicJwk, OAuthError, type ClientKey } from '@tillit/oauth'
import type { Api, Client, Delegation, Organisation } from '../domain/model.js'

/** A client as the registry publishes it: keys are JWKs still. */
export interface ClientFacts extends Omit<Client, 'keys'> {
  readonly keys: readonly RegisteredKey[]
}
interface RegisteredKey {
  readonly kid?: string | undefined
  readonly jwk: Readonly<Record<string, unknown>>
  readonly expiresAt?: number | undefined
}

/** One value of the registry's read model. */
export type RegistryEntry =
  | { readonly kind: 'client'; readonly value: Client }
  | { readonly kind: 'organisation'; readonly value: Organisation }
  | { readonly kind: 'api'; readonly value: Api }
  | { readonly kind: 'delegation'; readonly value: Delegation }
  | { readonly kind: 'revoked'; readonly value: true }

export const registryEntries = {
  client: (facts: ClientFacts): RegistryEntry => ({ kind: 'client', value: withImportedKeys(facts) }),
  organisation: (value: Organisation): RegistryEntry => ({ kind: 'organisation', value }),
  api: (value: Api): RegistryEntry => ({ kind: 'api', value }),
  delegation: (value: Delegation): RegistryEntry => ({ kind: 'delegation', value }),
  revoked: (): RegistryEntry => ({ kind: 'revoked', value: true }),
}

/**
 * Keys are imported once per revision of the client, at its first request: importing costs more than verifying, and a large
 * registry holds mostly clients that are asleep.
 */
function withImportedKeys(facts: ClientFacts): Client {
  let imported: readonly ClientKey[] | undefined
  return {
    ...facts,
    get keys() {
      return (imported ??= facts.keys.flatMap(importKey))
    },
  }
}

/** A key that the policy no longer takes authenticates nobody; the client's other keys still do. */
function importKey({ kid, jwk, expiresAt }: RegisteredKey): ClientKey[] {
  try {
    const key = importPublicJwk(jwk)
    return [{ ...key, kid: kid ?? key.kid, expiresAt }]
  } catch (error) {
    if (error instanceof OAuthError) return []
    throw error
  }
}
