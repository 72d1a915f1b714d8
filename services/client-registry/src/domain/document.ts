import Type from 'typebox'
import type { Static, TProperties } from 'typebox'

/**
 * The import document: a full upsert of what it lists, and nothing else changes. Every object is closed, so a member that
 * somebody hopes for (F08) is refused by name.
 */
const closed = <P extends TProperties>(properties: P) => Type.Object(properties, { additionalProperties: false })
const Text = Type.String({
  minLength: 1,
  maxLength: 256,
  pattern: '^[^\\u0000-\\u001f\\u007f\\u202a-\\u202e\\u2066-\\u2069]+$',
})
const Orgnr = Type.String({ pattern: '^[0-9]{9}$' })
export const StatusName = Type.Union([Type.Literal('active'), Type.Literal('deactivated')])
/**
 * Printable ASCII (RFC 6749, appendix A.1) without space and without what a path cannot carry safely: percent sign, slash,
 * semicolon, backslash. It begins with a letter or digit.
 */
export const ClientId = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^[A-Za-z0-9][\\x21-\\x24\\x26-\\x2e\\x30-\\x3a\\x3c-\\x5b\\x5d-\\x7e]*$',
})
/** `owner:api-name` (helseid.md, section 6). No slash: what stands before the first one in a scope is the audience. */
export const Audience = Type.String({ minLength: 1, maxLength: 128, pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]*$' })
/** RFC 6749, section 3.3. */
const Scope = Type.String({ minLength: 1, maxLength: 256, pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]+$' })
const ClaimName = Type.String({ minLength: 1, maxLength: 256, pattern: '^[\\x21-\\x7e]+$' })
const Uri = Type.String({ minLength: 1, maxLength: 512, pattern: '^(https://|urn:)[\\x21-\\x7e]+$' })
const list = <T extends Parameters<typeof Type.Array>[0]>(item: T, maxItems = 1000) =>
  Type.Array(item, { maxItems, uniqueItems: true })
const Terms = closed({ uri: Uri, version: Text })

export const OrganisationItem = closed({
  orgnr: Orgnr,
  name: Text,
  synthetic: Type.Optional(Type.Boolean()),
  member: Type.Optional(Type.Boolean()),
  approvedSupplier: Type.Optional(Type.Boolean()),
  subUnits: Type.Optional(Type.Array(closed({ orgnr: Orgnr, name: Text }), { maxItems: 10_000 })),
  acceptedTerms: Type.Optional(list(Terms)),
  status: Type.Optional(StatusName),
})

export const ApiItem = closed({
  audience: Audience,
  name: Text,
  owner: Orgnr,
  scopes: list(Scope),
  claims: Type.Optional(list(ClaimName)),
  signingAlg: Type.Optional(Type.Union([Type.Literal('ES256'), Type.Literal('PS256'), Type.Literal('RS256')])),
  accessTokenLifetime: Type.Optional(Type.Integer({ minimum: 60, maximum: 3600 })),
  allowBearer: Type.Optional(Type.Boolean()),
  introspectionClients: Type.Optional(list(ClientId)),
  terms: Type.Optional(Terms),
  status: Type.Optional(StatusName),
})

const GrantType = Type.Union([
  Type.Literal('client_credentials'),
  Type.Literal('authorization_code'),
  Type.Literal('refresh_token'),
  Type.Literal('urn:ietf:params:oauth:grant-type:token-exchange'),
])
/** NumericDate seconds, or a time as RFC 3339 writes it. */
const Time = Type.Union([
  Type.Integer({ minimum: 0, maximum: 253_402_300_799 }),
  Type.String({
    maxLength: 40,
    pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?(Z|[+-]\\d\\d:\\d\\d)$',
  }),
])
const flag = Type.Optional(Type.Boolean())

export const ClientItem = closed({
  clientId: ClientId,
  clientName: Text,
  organisation: Orgnr,
  tenancy: Type.Union([Type.Literal('none'), Type.Literal('single-tenant'), Type.Literal('multi-tenant')]),
  childOrganizationNumbers: Type.Optional(list(Orgnr)),
  grantTypes: list(GrantType),
  scopes: list(Scope),
  keys: Type.Optional(
    Type.Array(closed({ jwk: Type.Record(Type.String(), Type.Unknown()), expiresAt: Type.Optional(Time) }), {
      maxItems: 16,
    }),
  ),
  flags: Type.Optional(
    closed({
      allowBearer: flag,
      legacyAssertionAudience: flag,
      requirePar: flag,
      legacyOrganisationOid: flag,
      passParentOrganisation: flag,
      passChildOrganisation: flag,
    }),
  ),
  audienceClaims: Type.Optional(Type.Record(Type.String(), Type.Record(Type.String(), Text))),
  rateLimit: Type.Optional(
    closed({
      perSecond: Type.Number({ exclusiveMinimum: 0, maximum: 100_000 }),
      burst: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    }),
  ),
  status: Type.Optional(StatusName),
})

export const DelegationItem = closed({ supplier: Orgnr, delegator: Orgnr, status: Type.Optional(StatusName) })

/** The lists of a document, each with the schema of its items. */
export const sections = {
  organisations: OrganisationItem,
  apis: ApiItem,
  clients: ClientItem,
  delegations: DelegationItem,
} as const
export type Section = keyof typeof sections
export const sectionNames = Object.keys(sections) as Section[]

export const ImportDocument = closed({
  organisations: Type.Optional(Type.Array(OrganisationItem)),
  apis: Type.Optional(Type.Array(ApiItem)),
  clients: Type.Optional(Type.Array(ClientItem)),
  delegations: Type.Optional(Type.Array(DelegationItem)),
})
export type Document = { readonly [S in Section]: readonly Static<(typeof sections)[S]>[] }
export type OrganisationItem = Static<typeof OrganisationItem>
export type ApiItem = Static<typeof ApiItem>
export type ClientItem = Static<typeof ClientItem>
export type DelegationItem = Static<typeof DelegationItem>
