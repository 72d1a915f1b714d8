/** What the registry knows (helseid.md, sections 5, 6, 9 and 12). Values are immutable; lists are sorted where order means nothing. */
export type Status = 'active' | 'deactivated'
export type Tenancy = 'none' | 'single-tenant' | 'multi-tenant'

interface Standing {
  readonly status: Status
  /** Why, in an operator's words; `UNLISTED` for a sub-unit that its import no longer names. */
  readonly statusReason?: string
}
export const UNLISTED = 'unlisted'

export interface Organisation extends Standing {
  readonly orgnr: string
  readonly name: string
  /** A test issuer accepts only synthetic organisations, a production issuer none. */
  readonly synthetic: boolean
  readonly member: boolean
  readonly approvedSupplier: boolean
  /** Present on a sub-unit: its main unit. */
  readonly parent?: string
  /** Active sub-units. Follows from their own records. */
  readonly subUnits: readonly string[]
  /** Terms URI -> version. */
  readonly acceptedTerms: Readonly<Record<string, string>>
}

export interface Api extends Standing {
  readonly audience: string
  readonly name: string
  readonly owner: string
  readonly scopes: readonly string[]
  /** Optional claims that this API wants in its access tokens. */
  readonly claims: readonly string[]
  readonly signingAlg: string
  /** Seconds. */
  readonly accessTokenLifetime: number
  readonly allowBearer: boolean
  readonly introspectionClients: readonly string[]
  readonly terms?: { readonly uri: string; readonly version: string }
}

export interface ClientKey {
  /** RFC 7638, SHA-256. */
  readonly thumbprint: string
  /** Public members only. */
  readonly jwk: Readonly<Record<string, string>>
  /** NumericDate seconds; the key is dead from then on. */
  readonly expiresAt?: number
}

export interface ClientFlags {
  readonly allowBearer: boolean
  readonly legacyAssertionAudience: boolean
  readonly requirePar: boolean
  readonly legacyOrganisationOid: boolean
  readonly passParentOrganisation: boolean
  readonly passChildOrganisation: boolean
}

export interface Client extends Standing {
  readonly clientId: string
  readonly clientName: string
  /** Parent of a single-tenant client, supplier of a multi-tenant one. */
  readonly organisation: string
  readonly tenancy: Tenancy
  readonly childOrganizationNumbers: readonly string[]
  readonly grantTypes: readonly string[]
  readonly scopes: readonly string[]
  readonly keys: readonly ClientKey[]
  readonly flags: ClientFlags
  /** Audience -> name -> value, for the claim `<audience>/client/claims/<name>`. */
  readonly audienceClaims: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly rateLimit?: { readonly perSecond: number; readonly burst: number }
}

/** The delegator lets the supplier act for it. */
export interface Delegation extends Standing {
  readonly supplier: string
  readonly delegator: string
}

export interface RevokedToken {
  readonly jti: string
  /** NumericDate seconds. */
  readonly exp: number
  readonly clientId: string
}

export interface Entities {
  readonly organisation: Organisation
  readonly api: Api
  readonly client: Client
  readonly delegation: Delegation
}
export type EntityKind = keyof Entities
export type Entity = { readonly [K in EntityKind]: { readonly kind: K; readonly value: Entities[K] } }[EntityKind]

/** What identifies an entity among its kind: one part, or two for a delegation. */
export function subjectOf(entity: Entity): string[] {
  switch (entity.kind) {
    case 'organisation':
      return [entity.value.orgnr]
    case 'api':
      return [entity.value.audience]
    case 'client':
      return [entity.value.clientId]
    case 'delegation':
      return [entity.value.supplier, entity.value.delegator]
  }
}

/** Equal in every member, whatever the order of members. Lists compare in order. */
export const sameValue = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b)

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
