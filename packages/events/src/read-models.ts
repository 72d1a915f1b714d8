import Type from 'typebox'
import type { Static } from 'typebox'

/** Values of the read-model buckets, as JSON. `revision` is the registry's commit order: the higher one wins. */
const Orgnr = Type.String({ pattern: '^[0-9]{9}$' })
const Status = Type.Union([Type.Literal('active'), Type.Literal('deactivated')])
const Revision = Type.Integer({ minimum: 1 })
const Jwk = Type.Record(Type.String(), Type.Unknown())
const Time = Type.Integer({ minimum: 0 })

export const ClientEntry = Type.Object({
  revision: Revision,
  clientId: Type.String(),
  clientName: Type.String(),
  status: Status,
  /** The organisation that owns the configuration: parent of a single-tenant client, supplier of a multi-tenant one. */
  organisation: Orgnr,
  tenancy: Type.Union([Type.Literal('none'), Type.Literal('single-tenant'), Type.Literal('multi-tenant')]),
  childOrganizationNumbers: Type.Array(Orgnr),
  grantTypes: Type.Array(Type.String()),
  scopes: Type.Array(Type.String()),
  /** `expiresAt`: NumericDate seconds; the key is dead from then on. */
  keys: Type.Array(Type.Object({ kid: Type.Optional(Type.String()), jwk: Jwk, expiresAt: Type.Optional(Time) })),
  flags: Type.Object({
    allowBearer: Type.Boolean(),
    legacyAssertionAudience: Type.Boolean(),
    requirePar: Type.Boolean(),
    legacyOrganisationOid: Type.Boolean(),
    passParentOrganisation: Type.Boolean(),
    passChildOrganisation: Type.Boolean(),
  }),
  /** Per audience: `<audience>/client/claims/<name>` -> value. */
  audienceClaims: Type.Record(Type.String(), Type.Record(Type.String(), Type.String())),
  rateLimit: Type.Optional(Type.Object({ perSecond: Type.Number(), burst: Type.Integer() })),
})
export type ClientEntry = Static<typeof ClientEntry>

export const OrganisationEntry = Type.Object({
  revision: Revision,
  orgnr: Orgnr,
  name: Type.String(),
  status: Status,
  /** A test issuer accepts only synthetic organisations, a production issuer none. */
  synthetic: Type.Boolean(),
  member: Type.Boolean(),
  approvedSupplier: Type.Boolean(),
  /** Present on a sub-unit: its main unit. */
  parent: Type.Optional(Orgnr),
  subUnits: Type.Array(Orgnr),
  /** Terms that the organisation has accepted: terms URI -> version. */
  acceptedTerms: Type.Record(Type.String(), Type.String()),
})
export type OrganisationEntry = Static<typeof OrganisationEntry>

export const ApiEntry = Type.Object({
  revision: Revision,
  audience: Type.String(),
  name: Type.String(),
  owner: Orgnr,
  status: Status,
  scopes: Type.Array(Type.String()),
  /** Optional claims that this API wants in its access tokens, by claim name. */
  claims: Type.Array(Type.String()),
  signingAlg: Type.String(),
  /** Seconds, 60 to 3600. */
  accessTokenLifetime: Type.Integer({ minimum: 60, maximum: 3600 }),
  allowBearer: Type.Boolean(),
  introspectionClients: Type.Array(Type.String()),
  terms: Type.Optional(Type.Object({ uri: Type.String(), version: Type.String() })),
})
export type ApiEntry = Static<typeof ApiEntry>

/** The delegator lets the supplier act for it. */
export const DelegationEntry = Type.Object({ revision: Revision, supplier: Orgnr, delegator: Orgnr, status: Status })
export type DelegationEntry = Static<typeof DelegationEntry>

/** A revoked token; the entry lives until `exp`. */
export const RevokedEntry = Type.Object({ revision: Revision, jti: Type.String(), exp: Time, clientId: Type.String() })
export type RevokedEntry = Static<typeof RevokedEntry>

/** Public keys. `prepublished` -> `active` -> `retired`; a `withdrawn` key is trusted by nobody. */
export const KeysEntry = Type.Object({
  revision: Revision,
  keys: Type.Array(
    Type.Object({
      kid: Type.String(),
      alg: Type.String(),
      purpose: Type.String(),
      status: Type.Union([
        Type.Literal('prepublished'),
        Type.Literal('active'),
        Type.Literal('retired'),
        Type.Literal('withdrawn'),
      ]),
      jwk: Jwk,
      /** When it may be used first, and when it leaves the JWKS; NumericDate seconds. */
      notBefore: Time,
      removeAfter: Type.Optional(Time),
    }),
  ),
})
export type KeysEntry = Static<typeof KeysEntry>

/** Nonce secrets, newest first; `sealed` = base64url(iv(12) | ciphertext | tag(16)), AES-256-GCM, AAD `dpop-nonce:<id>`. */
export const NonceEntry = Type.Object({
  revision: Revision,
  secrets: Type.Array(
    Type.Object({ id: Type.Integer({ minimum: 0, maximum: 255 }), createdAt: Time, sealed: Type.String() }),
  ),
})
export type NonceEntry = Static<typeof NonceEntry>

export const PartitionsEntry = Type.Object({
  generation: Type.Integer({ minimum: 1 }),
  partitions: Type.Integer({ minimum: 1, maximum: 1024 }),
  /** Nothing is issued before this time (NumericDate seconds): the longest assertion life plus skew after a change. */
  issueFrom: Time,
})
export type PartitionsEntry = Static<typeof PartitionsEntry>
