import { ORGNR_CHILD, ORGNR_PARENT, ORGNR_SUPPLIER, type AccessTokenClaims } from '@tillit/oauth'
import { readOwnToken } from './own-token.js'
import type { Registry, TokenStatusDeps, Trail } from './ports.js'
import { requiredToken } from './revoke-token.js'
import { spendAssertion, type ClientCall } from './spend-assertion.js'
import { secondsOf } from './time.js'

/** RFC 7662, section 2.2. */
export type Introspection = { readonly active: false } | ActiveToken
interface ActiveToken {
  readonly active: true
  readonly scope: string
  readonly token_type: 'DPoP' | 'Bearer'
  readonly [claim: string]: unknown
}

const INACTIVE: Introspection = { active: false }

/**
 * Whether a token is good now, from the read models: not expired, not revoked, and nobody behind it withdrawn. Only a client
 * that the API of the token names may know; to any other every token is inactive (F09).
 */
export async function introspectToken(call: ClientCall, deps: TokenStatusDeps, trail: Trail): Promise<Introspection> {
  const token = requiredToken(call)
  const { client } = await spendAssertion({ ...call, purpose: 'token.introspected' }, deps, trail)
  const claims = readOwnToken(token, deps.issuer, deps.keys)
  if (claims === undefined || claims.exp <= secondsOf(deps.now())) return INACTIVE
  if (!(await mayKnow(client.clientId, claims, deps.registry))) return INACTIVE
  if (!(await standsBehind(claims, deps.registry))) return INACTIVE
  return {
    ...claims,
    active: true,
    scope: claims.scope.join(' '),
    token_type: claims.cnf === undefined ? 'Bearer' : 'DPoP',
  }
}

/** Named by an active API that the token is for. */
async function mayKnow(clientId: string, claims: AccessTokenClaims, registry: Registry): Promise<boolean> {
  for (const audience of typeof claims.aud === 'string' ? [claims.aud] : claims.aud) {
    const api = await registry.api(audience)
    if (api?.status === 'active' && api.introspectionClients.includes(clientId)) return true
  }
  return false
}

/** Neither the token nor anybody it speaks for has been withdrawn since. */
async function standsBehind(claims: AccessTokenClaims, registry: Registry): Promise<boolean> {
  if (await registry.isRevoked(claims.jti)) return false
  const client = await registry.client(claims.client_id)
  if (client?.status !== 'active') return false
  const { [ORGNR_PARENT]: parent, [ORGNR_CHILD]: child, [ORGNR_SUPPLIER]: supplier } = claims
  for (const orgnr of new Set([client.organisation, parent, child, supplier])) {
    if (typeof orgnr === 'string' && (await registry.organisation(orgnr))?.status !== 'active') return false
  }
  return delegationStands(supplier, parent, registry)
}

async function delegationStands(supplier: unknown, parent: unknown, registry: Registry): Promise<boolean> {
  if (typeof supplier !== 'string' || typeof parent !== 'string' || supplier === parent) return true
  return (await registry.delegation(supplier, parent))?.status === 'active'
}
