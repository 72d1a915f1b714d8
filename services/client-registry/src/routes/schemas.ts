import Type from 'typebox'
import type { Static, TProperties } from 'typebox'
import { Audience, ClientId, StatusName } from '../domain/document.js'

const closed = <P extends TProperties>(properties: P) => Type.Object(properties, { additionalProperties: false })
const Orgnr = Type.String({ pattern: '^[0-9]{9}$' })
const Texts = Type.Array(Type.String())

export const ClientParams = closed({ id: ClientId })
export const NumberParams = closed({ orgnr: Orgnr })
export const AudienceParams = closed({ audience: Audience })
export const DelegationParams = closed({ supplier: Orgnr, delegator: Orgnr })
export const Headers = Type.Object({ 'if-match': Type.Optional(Type.String({ maxLength: 64 })) })

/** F08: closed, so nothing else of the record can be set on the way. */
export const StatusBody = closed({
  status: StatusName,
  reason: Type.String({ minLength: 3, maxLength: 500, pattern: '^[^\\u0000-\\u001f\\u007f]+$' }),
})
export type StatusBody = Static<typeof StatusBody>

const standing = {
  status: StatusName,
  statusReason: Type.Optional(Type.String()),
  revision: Type.Integer({ minimum: 1 }),
}

export const OrganisationView = closed({
  orgnr: Orgnr,
  name: Type.String(),
  ...standing,
  synthetic: Type.Boolean(),
  member: Type.Boolean(),
  approvedSupplier: Type.Boolean(),
  parent: Type.Optional(Orgnr),
  subUnits: Type.Array(Orgnr),
  acceptedTerms: Type.Record(Type.String(), Type.String()),
})

export const ApiView = closed({
  audience: Type.String(),
  name: Type.String(),
  owner: Orgnr,
  ...standing,
  scopes: Texts,
  claims: Texts,
  signingAlg: Type.String(),
  accessTokenLifetime: Type.Integer(),
  allowBearer: Type.Boolean(),
  introspectionClients: Texts,
  terms: Type.Optional(closed({ uri: Type.String(), version: Type.String() })),
})

export const ClientView = closed({
  clientId: Type.String(),
  clientName: Type.String(),
  ...standing,
  organisation: Orgnr,
  tenancy: Type.String(),
  childOrganizationNumbers: Type.Array(Orgnr),
  grantTypes: Texts,
  scopes: Texts,
  keys: Type.Array(
    closed({
      thumbprint: Type.String(),
      jwk: Type.Record(Type.String(), Type.String()),
      expiresAt: Type.Optional(Type.Integer()),
    }),
  ),
  flags: closed({
    allowBearer: Type.Boolean(),
    legacyAssertionAudience: Type.Boolean(),
    requirePar: Type.Boolean(),
    legacyOrganisationOid: Type.Boolean(),
    passParentOrganisation: Type.Boolean(),
    passChildOrganisation: Type.Boolean(),
  }),
  audienceClaims: Type.Record(Type.String(), Type.Record(Type.String(), Type.String())),
  rateLimit: Type.Optional(closed({ perSecond: Type.Number(), burst: Type.Integer() })),
})

export const DelegationView = closed({ supplier: Orgnr, delegator: Orgnr, ...standing })

export const ImportAnswer = closed({
  dryRun: Type.Boolean(),
  unchanged: Type.Integer(),
  warnings: Type.Array(closed({ pointer: Type.String(), detail: Type.String() })),
  changes: Type.Array(
    closed({
      kind: Type.String(),
      subject: Texts,
      action: Type.String(),
      revision: Type.Integer(),
    }),
  ),
})
