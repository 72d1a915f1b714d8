import {
  registryKeys,
  type ApiEntry,
  type ClientEntry,
  type DelegationEntry,
  type OrganisationEntry,
} from '@tillit/events'
import type { RevokedEntry } from '@tillit/events'
import type { Api, Client, Delegation, Organisation, RevokedToken } from '../domain/model.js'
import type { OutboxKind, Snapshot } from '../domain/outbox.js'

/** The key of a record in the registry bucket. */
export function keyOf({ kind, subject: [first = '', second = ''] }: Pick<Snapshot, 'kind' | 'subject'>): string {
  switch (kind) {
    case 'organisation':
      return registryKeys.organisation(first)
    case 'api':
      return registryKeys.api(first)
    case 'client':
      return registryKeys.client(first)
    case 'delegation':
      return registryKeys.delegation(first, second)
    case 'revoked':
      return registryKeys.revoked(first)
  }
}

type Entry = OrganisationEntry | ApiEntry | ClientEntry | DelegationEntry | RevokedEntry
type Mapper = (value: never, revision: number) => Entry

const mappers = {
  organisation: (value: Organisation, revision): OrganisationEntry => ({
    revision,
    orgnr: value.orgnr,
    name: value.name,
    status: value.status,
    synthetic: value.synthetic,
    member: value.member,
    approvedSupplier: value.approvedSupplier,
    ...(value.parent === undefined ? {} : { parent: value.parent }),
    subUnits: [...value.subUnits],
    acceptedTerms: { ...value.acceptedTerms },
  }),
  api: (value: Api, revision): ApiEntry => ({
    revision,
    audience: value.audience,
    name: value.name,
    owner: value.owner,
    status: value.status,
    scopes: [...value.scopes],
    claims: [...value.claims],
    signingAlg: value.signingAlg,
    accessTokenLifetime: value.accessTokenLifetime,
    allowBearer: value.allowBearer,
    introspectionClients: [...value.introspectionClients],
    ...(value.terms ? { terms: { ...value.terms } } : {}),
  }),
  client: (value: Client, revision): ClientEntry => ({
    revision,
    clientId: value.clientId,
    clientName: value.clientName,
    status: value.status,
    organisation: value.organisation,
    tenancy: value.tenancy,
    childOrganizationNumbers: [...value.childOrganizationNumbers],
    grantTypes: [...value.grantTypes],
    scopes: [...value.scopes],
    keys: value.keys.map(({ jwk, expiresAt }) => ({
      ...(jwk['kid'] === undefined ? {} : { kid: jwk['kid'] }),
      jwk: { ...jwk },
      ...(expiresAt === undefined ? {} : { expiresAt }),
    })),
    flags: { ...value.flags },
    audienceClaims: Object.fromEntries(
      Object.entries(value.audienceClaims).map(([audience, claims]) => [audience, { ...claims }]),
    ),
    ...(value.rateLimit ? { rateLimit: { ...value.rateLimit } } : {}),
  }),
  delegation: (value: Delegation, revision): DelegationEntry => ({
    revision,
    supplier: value.supplier,
    delegator: value.delegator,
    status: value.status,
  }),
  revoked: (value: RevokedToken, revision): RevokedEntry => ({
    revision,
    jti: value.jti,
    exp: value.exp,
    clientId: value.clientId,
  }),
} satisfies Record<OutboxKind, Mapper>

/** The read model's value. Reasons stay in the registry: who verifies tokens needs only the status. */
export const entryOf = ({ kind, value, revision }: Snapshot): Entry => mappers[kind](value as never, revision)

/** Kept past `exp` for clocks that are behind. */
const KEPT_AFTER_EXP = 60

/** Seconds that the entry still matters; undefined: for ever. Zero or less: no longer. `now` in epoch milliseconds. */
export function ttlOf({ kind, value }: Snapshot, now: number): number | undefined {
  if (kind !== 'revoked') return undefined
  return Math.ceil((value as RevokedToken).exp + KEPT_AFTER_EXP - now / 1000)
}
