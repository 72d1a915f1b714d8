import type { ClientKey } from '@tillit/oauth'

/** What this service knows of the registry: the values of its read model, with keys imported. */
export type Status = 'active' | 'deactivated'
export type Tenancy = 'none' | 'single-tenant' | 'multi-tenant'

export interface ClientFlags {
  readonly allowBearer: boolean
  readonly legacyAssertionAudience: boolean
  readonly legacyOrganisationOid: boolean
  readonly passParentOrganisation: boolean
  readonly passChildOrganisation: boolean
}

/** Requests a second, and how many may come at once. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

export interface Client {
  readonly revision: number
  readonly clientId: string
  readonly clientName: string
  readonly status: Status
  /** Parent of a single-tenant client, supplier of a multi-tenant one. */
  readonly organisation: string
  readonly tenancy: Tenancy
  readonly childOrganizationNumbers: readonly string[]
  readonly grantTypes: readonly string[]
  readonly scopes: readonly string[]
  /** Imported once per registry revision. */
  readonly keys: readonly ClientKey[]
  readonly flags: ClientFlags
  /** Audience -> claim name -> value. */
  readonly audienceClaims: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly rateLimit?: Rate | undefined
}

export interface Organisation {
  readonly revision: number
  readonly orgnr: string
  readonly status: Status
  readonly synthetic: boolean
  readonly member: boolean
  readonly approvedSupplier: boolean
  /** Present on a sub-unit: its main unit. */
  readonly parent?: string | undefined
  readonly subUnits: readonly string[]
  /** Terms URI -> accepted version. */
  readonly acceptedTerms: Readonly<Record<string, string>>
}

export interface Api {
  readonly revision: number
  readonly audience: string
  readonly status: Status
  readonly scopes: readonly string[]
  /** Optional claims that this API wants, by their full names. */
  readonly claims: readonly string[]
  readonly signingAlg: string
  /** Seconds. */
  readonly accessTokenLifetime: number
  readonly allowBearer: boolean
  readonly introspectionClients: readonly string[]
  readonly terms?: { readonly uri: string; readonly version: string } | undefined
}

export interface Delegation {
  readonly revision: number
  readonly status: Status
}

export type Environment = 'local' | 'test' | 'production'

/** Held entries come at once, others after one load; both reject with "unavailable" when nobody can know. */
export type Lookup<T> = T | null | Promise<T | null>
