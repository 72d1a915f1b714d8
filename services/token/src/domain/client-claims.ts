import {
  CLIENT_AMR,
  CLIENT_NAME,
  CLIENT_TENANCY,
  ORGNR_CHILD,
  ORGNR_PARENT,
  ORGNR_SUPPLIER,
  SFM_JOURNAL_ID,
  type OrganisationClaims,
} from '@tillit/oauth'
import type { Api, Client } from './model.js'
import type { Represented } from './represented-organisation.js'

/** The name of the tenancy claim in HelseID's metadata; tokens carry the longer one. An API may ask for either. */
const CLIENT_TENANCY_SHORT = 'helseid://claims/client/client_tenancy'

/** helseid.md section 6: claims follow the APIs' configuration; with several APIs, what every one asks for. */
function wantedBy(apis: readonly Api[], claim: string): boolean {
  return apis.every((api) => api.claims.includes(claim))
}

/**
 * Parent and supplier of a multi-tenant client are always there, so that withdrawal of either can be matched offline at an
 * API (architecture.md, "Read models and withdrawal"); everything else on demand.
 */
export function organisationClaims(
  represented: Represented | undefined,
  apis: readonly Api[],
): OrganisationClaims | undefined {
  if (represented === undefined) return undefined
  const { parent, child, supplier } = represented
  return {
    parent: supplier !== undefined || wantedBy(apis, ORGNR_PARENT) ? parent.orgnr : undefined,
    child: child !== undefined && wantedBy(apis, ORGNR_CHILD) ? child : undefined,
    supplier: supplier !== undefined || wantedBy(apis, ORGNR_SUPPLIER) ? supplier : undefined,
  }
}

export interface ClientClaimsQuestion {
  readonly client: Client
  readonly apis: readonly Api[]
  readonly sfmJournalId: string | undefined
}

/** Facts about the client, and the values registered for this client at this API. */
export function clientClaims({ client, apis, sfmJournalId }: ClientClaimsQuestion): Readonly<Record<string, unknown>> {
  const claims: Record<string, unknown> = {}
  if (wantedBy(apis, CLIENT_NAME)) claims[CLIENT_NAME] = client.clientName
  if (wantedBy(apis, CLIENT_AMR)) claims[CLIENT_AMR] = 'private_key_jwt'
  if (wantedBy(apis, CLIENT_TENANCY)) claims[CLIENT_TENANCY] = client.tenancy
  if (wantedBy(apis, CLIENT_TENANCY_SHORT)) claims[CLIENT_TENANCY_SHORT] = client.tenancy
  if (sfmJournalId !== undefined && wantedBy(apis, SFM_JOURNAL_ID)) claims[SFM_JOURNAL_ID] = sfmJournalId
  const [api] = apis
  // What was registered for one API is none of another's business.
  if (apis.length === 1 && api !== undefined) Object.assign(claims, audienceClaims(client, api.audience))
  return claims
}

function audienceClaims(client: Client, audience: string): Record<string, string> {
  const claims: Record<string, string> = {}
  const registered = client.audienceClaims[audience]
  if (registered === undefined) return claims
  for (const [name, value] of Object.entries(registered)) claims[`${audience}/client/claims/${name}`] = value
  return claims
}
