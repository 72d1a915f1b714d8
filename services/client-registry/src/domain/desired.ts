import { importPublicJwk } from '@tillit/oauth'
import type { ApiItem, ClientItem, DelegationItem, OrganisationItem } from './document.js'
import type { Api, Client, ClientKey, Delegation, Organisation } from './model.js'

/** What an item of a document asks for. `status` is absent where the document leaves it as it is. */
export type Desired<T> = Omit<T, 'status' | 'statusReason' | 'subUnits'> & Partial<Pick<Client, 'status'>>

const sorted = (list: readonly string[] | undefined): string[] => [...(list ?? [])].toSorted()
const status = (item: { readonly status?: Client['status'] }): Partial<Pick<Client, 'status'>> =>
  item.status === undefined ? {} : { status: item.status }

/** A main unit first, then its sub-units, which share its nature and accept nothing by themselves. */
export function desiredOrganisations(item: OrganisationItem): Desired<Organisation>[] {
  const synthetic = item.synthetic ?? false
  const member = item.member ?? false
  const terms = (item.acceptedTerms ?? []).map(({ uri, version }) => [uri, version] as const)
  const main = {
    orgnr: item.orgnr,
    name: item.name,
    synthetic,
    member,
    approvedSupplier: item.approvedSupplier ?? false,
    acceptedTerms: Object.fromEntries(terms),
    ...status(item),
  }
  const units = (item.subUnits ?? []).map(({ orgnr, name }) => ({
    orgnr,
    name,
    synthetic,
    member,
    approvedSupplier: false,
    parent: item.orgnr,
    acceptedTerms: {},
  }))
  return [main, ...units]
}

export function desiredApi(item: ApiItem): Desired<Api> {
  return {
    audience: item.audience,
    name: item.name,
    owner: item.owner,
    scopes: sorted(item.scopes),
    claims: sorted(item.claims),
    signingAlg: item.signingAlg ?? 'ES256',
    accessTokenLifetime: item.accessTokenLifetime ?? 600,
    allowBearer: item.allowBearer ?? false,
    introspectionClients: sorted(item.introspectionClients),
    ...(item.terms ? { terms: item.terms } : {}),
    ...status(item),
  }
}

/** Defaults are the strict ones: PAR required, nothing legacy, no organisation numbers passed. */
export function desiredClient(item: ClientItem): Desired<Client> {
  return {
    clientId: item.clientId,
    clientName: item.clientName,
    organisation: item.organisation,
    tenancy: item.tenancy,
    childOrganizationNumbers: sorted(item.childOrganizationNumbers),
    grantTypes: sorted(item.grantTypes),
    scopes: sorted(item.scopes),
    keys: (item.keys ?? []).map(desiredKey),
    flags: {
      allowBearer: item.flags?.allowBearer ?? false,
      legacyAssertionAudience: item.flags?.legacyAssertionAudience ?? false,
      requirePar: item.flags?.requirePar ?? true,
      legacyOrganisationOid: item.flags?.legacyOrganisationOid ?? false,
      passParentOrganisation: item.flags?.passParentOrganisation ?? false,
      passChildOrganisation: item.flags?.passChildOrganisation ?? false,
    },
    audienceClaims: item.audienceClaims ?? {},
    ...(item.rateLimit ? { rateLimit: item.rateLimit } : {}),
    ...status(item),
  }
}

export const desiredDelegation = (item: DelegationItem): Desired<Delegation> => ({
  supplier: item.supplier,
  delegator: item.delegator,
  ...status(item),
})

type KeyItem = NonNullable<ClientItem['keys']>[number]
/** What is kept of a JWK. Certificates and addresses in it (`x5c`, `x5u`) are never used, so they are not stored. */
const KEPT = ['kty', 'crv', 'n', 'e', 'x', 'y', 'kid', 'alg', 'use']

/** Throws `invalid_client_metadata` on a key that the policy refuses (E03). */
export function desiredKey(item: KeyItem): ClientKey {
  const { thumbprint } = importPublicJwk(item.jwk)
  const jwk: Record<string, string> = {}
  for (const name of KEPT) if (typeof item.jwk[name] === 'string') jwk[name] = item.jwk[name]
  return { thumbprint, jwk, ...(item.expiresAt === undefined ? {} : { expiresAt: secondsOf(item.expiresAt) }) }
}

/** NumericDate of a number or an RFC 3339 time; NaN when it is no time. */
export const secondsOf = (time: number | string): number =>
  typeof time === 'number' ? time : Math.floor(Date.parse(time) / 1000)
