import type { Api, Client, ClientKey, Delegation, Organisation, Status, Tenancy } from '../domain/model.js'
import type {
  AcceptedTermsModel,
  ApiModel,
  ClientKeyModel,
  ClientModel,
  DelegationModel,
  OrganisationModel,
} from './generated/models.js'
import type { Prisma } from './generated/client.js'

type Unrevised<Row> = Omit<Row, 'revision'>
type ClientData = Omit<Prisma.ClientCreateManyInput, 'revision'>

/** Rows of the database to values of the domain and back. The database's own constraints vouch for the unions. */
const standing = (row: { status: string; statusReason: string | null }): { status: Status; statusReason?: string } => ({
  status: row.status as Status,
  ...(row.statusReason === null ? {} : { statusReason: row.statusReason }),
})

type OrganisationRow = OrganisationModel & { acceptedTerms: AcceptedTermsModel[]; units: { orgnr: string }[] }
export const withTermsAndUnits = {
  acceptedTerms: true,
  units: { where: { status: 'active' }, select: { orgnr: true }, orderBy: { orgnr: 'asc' } },
} as const

export const organisationOf = (row: OrganisationRow): Organisation => ({
  orgnr: row.orgnr,
  name: row.name,
  ...standing(row),
  synthetic: row.synthetic,
  member: row.member,
  approvedSupplier: row.approvedSupplier,
  ...(row.parent === null ? {} : { parent: row.parent }),
  subUnits: row.units.map(({ orgnr }) => orgnr),
  acceptedTerms: Object.fromEntries(row.acceptedTerms.map(({ uri, version }) => [uri, version])),
})

export const organisationRow = (value: Organisation): Unrevised<OrganisationModel> => ({
  orgnr: value.orgnr,
  name: value.name,
  status: value.status,
  statusReason: value.statusReason ?? null,
  synthetic: value.synthetic,
  member: value.member,
  approvedSupplier: value.approvedSupplier,
  parent: value.parent ?? null,
})

export const termsRows = (value: Organisation): AcceptedTermsModel[] =>
  Object.entries(value.acceptedTerms).map(([uri, version]) => ({ orgnr: value.orgnr, uri, version }))

export const apiOf = (row: ApiModel): Api => ({
  audience: row.audience,
  name: row.name,
  owner: row.owner,
  ...standing(row),
  scopes: row.scopes,
  claims: row.claims,
  signingAlg: row.signingAlg,
  accessTokenLifetime: row.accessTokenLifetime,
  allowBearer: row.allowBearer,
  introspectionClients: row.introspectionClients,
  ...(row.termsUri === null ? {} : { terms: { uri: row.termsUri, version: row.termsVersion ?? '' } }),
})

export const apiRow = ({ terms, ...value }: Api): Unrevised<ApiModel> => ({
  ...value,
  scopes: [...value.scopes],
  claims: [...value.claims],
  introspectionClients: [...value.introspectionClients],
  statusReason: value.statusReason ?? null,
  termsUri: terms?.uri ?? null,
  termsVersion: terms?.version ?? null,
})

type ClientRow = ClientModel & { keys: ClientKeyModel[] }
export const withKeys = { keys: { orderBy: { place: 'asc' } } } as const

export const clientOf = (row: ClientRow): Client => ({
  clientId: row.clientId,
  clientName: row.clientName,
  ...standing(row),
  organisation: row.organisation,
  tenancy: row.tenancy as Tenancy,
  childOrganizationNumbers: row.childOrganizationNumbers,
  grantTypes: row.grantTypes,
  scopes: row.scopes,
  keys: row.keys.map(keyOf),
  flags: {
    allowBearer: row.allowBearer,
    legacyAssertionAudience: row.legacyAssertionAudience,
    requirePar: row.requirePar,
    legacyOrganisationOid: row.legacyOrganisationOid,
    passParentOrganisation: row.passParentOrganisation,
    passChildOrganisation: row.passChildOrganisation,
  },
  audienceClaims: row.audienceClaims as Client['audienceClaims'],
  ...(row.ratePerSecond === null ? {} : { rateLimit: { perSecond: row.ratePerSecond, burst: row.rateBurst ?? 1 } }),
})

export const clientRow = ({ flags, keys: _keys, rateLimit, ...value }: Client): ClientData => ({
  ...value,
  ...flags,
  childOrganizationNumbers: [...value.childOrganizationNumbers],
  grantTypes: [...value.grantTypes],
  scopes: [...value.scopes],
  audienceClaims: value.audienceClaims,
  statusReason: value.statusReason ?? null,
  ratePerSecond: rateLimit?.perSecond ?? null,
  rateBurst: rateLimit?.burst ?? null,
})

const keyOf = (row: ClientKeyModel): ClientKey => ({
  thumbprint: row.thumbprint,
  jwk: row.jwk as Record<string, string>,
  ...(row.expiresAt === null ? {} : { expiresAt: row.expiresAt.getTime() / 1000 }),
})

export const keyRows = (value: Client): Prisma.ClientKeyCreateManyInput[] =>
  value.keys.map(({ thumbprint, jwk, expiresAt }, place) => ({
    thumbprint,
    clientId: value.clientId,
    place,
    jwk,
    expiresAt: expiresAt === undefined ? null : new Date(expiresAt * 1000),
  }))

export const delegationOf = (row: DelegationModel): Delegation => ({
  supplier: row.supplier,
  delegator: row.delegator,
  ...standing(row),
})

export const delegationRow = (value: Delegation): Unrevised<DelegationModel> => ({
  ...value,
  statusReason: value.statusReason ?? null,
})
