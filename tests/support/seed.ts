import { makeKey, type TestKey } from '@tillit/testkit'

/** Synthetic organisations, as the numbers of HelseID's public samples and further ones in the same reserved style. */
export const GRANFJELLDAL = '999977774'
export const LEGEVAKT = '999977776'
export const SYKEHJEM = '999977775'
export const SUPPLIER = '313745392'
/** Delegates to the supplier but has accepted no terms. */
export const FJORDVIK = '999900011'
/** Delegates to nobody. */
export const UTVIKA = '999900022'
/** No member of the health network, though it delegates. */
export const OUTSIDER = '999900033'

export const JOURNAL = 'granfjelldal:journal'
export const TERMS = 'https://terms.example/test'

const flags = (set: Record<string, boolean> = {}): Record<string, boolean> => ({
  allowBearer: false,
  legacyAssertionAudience: false,
  requirePar: true,
  legacyOrganisationOid: false,
  passParentOrganisation: true,
  passChildOrganisation: true,
  ...set,
})

const apiBase = {
  owner: GRANFJELLDAL,
  claims: [] as string[],
  signingAlg: 'ES256',
  accessTokenLifetime: 600,
  allowBearer: false,
  introspectionClients: [] as string[],
}
const ORG = 'helseid://claims/client/claims/orgnr_'
const journalScopes = [`${JOURNAL}/read`, `${JOURNAL}/write`]

/** The keys of every test client, made anew for each run. */
export interface TestKeys {
  readonly [clientId: string]: TestKey
}

export function makeTestKeys(): Record<string, TestKey> {
  return {
    'test-ehr': makeKey('ES256'),
    // The second key of `test-ehr`, registered beside the first without a `kid`: both must work.
    'test-ehr-rotated': makeKey('ES256'),
    'test-multi': makeKey('ES256'),
    'test-ehr-rsa': makeKey('PS256', 2048),
    'test-ehr-p384': makeKey('ES384'),
    'test-other': makeKey('ES256'),
    'test-saas': makeKey('ES256'),
    'test-legacy': makeKey('ES256'),
    'test-plain': makeKey('ES256'),
    'test-expired-key': makeKey('ES256'),
    'test-deactivated': makeKey('ES256'),
    'test-journal-api': makeKey('ES256'),
    'test-operator': makeKey('ES256'),
    'test-victim': makeKey('ES256'),
  }
}

const client = (clientId: string, key: TestKey, rest: Record<string, unknown> = {}): Record<string, unknown> => ({
  clientId,
  clientName: `Test ${clientId}`,
  organisation: GRANFJELLDAL,
  tenancy: 'single-tenant',
  childOrganizationNumbers: [],
  grantTypes: ['client_credentials'],
  scopes: journalScopes,
  keys: [{ jwk: { ...key.jwk, kid: `${clientId}-1` } }],
  flags: flags(),
  audienceClaims: {},
  rateLimit: { perSecond: 5000, burst: 5000 },
  ...rest,
})

/** The registry that the constellation tests run on, in the import format of client-registry. */
export function testSeed(keys: Record<string, TestKey>): Record<string, unknown[]> {
  const key = (id: string): TestKey => keys[id] as TestKey
  const organisation = (orgnr: string, name: string, rest: Record<string, unknown> = {}): Record<string, unknown> => ({
    orgnr,
    name,
    synthetic: true,
    member: true,
    approvedSupplier: false,
    subUnits: [],
    acceptedTerms: [],
    ...rest,
  })
  return {
    organisations: [
      organisation(GRANFJELLDAL, 'Granfjelldal kommune', {
        subUnits: [
          { orgnr: LEGEVAKT, name: 'Granfjelldal legevakt' },
          { orgnr: SYKEHJEM, name: 'Granfjelldal sykehjem' },
        ],
        acceptedTerms: [{ uri: TERMS, version: '2' }],
      }),
      organisation(SUPPLIER, 'Testleverandør AS', { approvedSupplier: true }),
      organisation(FJORDVIK, 'Fjordvik kommune'),
      organisation(UTVIKA, 'Utvika kommune'),
      organisation(OUTSIDER, 'Utenfor AS', { member: false }),
    ],
    apis: [
      {
        ...apiBase,
        audience: JOURNAL,
        name: 'Granfjelldal journal',
        scopes: journalScopes,
        introspectionClients: ['test-journal-api'],
        claims: [
          `${ORG}parent`,
          `${ORG}child`,
          'helseid://claims/client/client_name',
          'helseid://claims/client/claims/client_tenancy',
          'nhn:sfm:journal_id',
        ],
      },
      { ...apiBase, audience: 'test:rs256', name: 'RS256 API', signingAlg: 'RS256', scopes: ['test:rs256/read'] },
      {
        ...apiBase,
        audience: 'test:ps256',
        name: 'PS256 API',
        signingAlg: 'PS256',
        scopes: ['test:ps256/read'],
        accessTokenLifetime: 120,
      },
      { ...apiBase, audience: 'test:bearer', name: 'Bearer API', allowBearer: true, scopes: ['test:bearer/read'] },
      {
        ...apiBase,
        audience: 'test:terms',
        name: 'API with terms',
        scopes: ['test:terms/read'],
        terms: { uri: TERMS, version: '2' },
      },
      {
        ...apiBase,
        audience: 'test:second',
        name: 'Second API',
        scopes: ['test:second/read'],
        accessTokenLifetime: 300,
        claims: [`${ORG}parent`],
      },
      {
        ...apiBase,
        audience: 'tillit:registry',
        name: 'Registry',
        scopes: ['tillit:registry/read', 'tillit:registry/write'],
      },
      { ...apiBase, audience: 'tillit:audit', name: 'Audit', scopes: ['tillit:audit/read'] },
    ],
    clients: [
      client('test-ehr', key('test-ehr'), {
        childOrganizationNumbers: [LEGEVAKT],
        keys: [{ jwk: { ...key('test-ehr').jwk, kid: 'test-ehr-1' } }, { jwk: key('test-ehr-rotated').jwk }],
      }),
      client('test-multi', key('test-multi'), {
        scopes: [...journalScopes, 'test:rs256/read', 'test:ps256/read', 'test:second/read', 'test:bearer/read'],
        audienceClaims: { [JOURNAL]: { 'journal-system': 'test-1' } },
      }),
      client('test-ehr-rsa', key('test-ehr-rsa')),
      client('test-ehr-p384', key('test-ehr-p384')),
      client('test-other', key('test-other')),
      client('test-victim', key('test-victim')),
      client('test-saas', key('test-saas'), {
        organisation: SUPPLIER,
        tenancy: 'multi-tenant',
        scopes: [...journalScopes, 'test:terms/read'],
      }),
      client('test-legacy', key('test-legacy'), {
        childOrganizationNumbers: [LEGEVAKT],
        scopes: ['test:bearer/read'],
        flags: flags({ allowBearer: true, legacyAssertionAudience: true, legacyOrganisationOid: true }),
      }),
      client('test-plain', key('test-plain'), {
        childOrganizationNumbers: [LEGEVAKT],
        flags: flags({ passParentOrganisation: false, passChildOrganisation: false }),
      }),
      client('test-expired-key', key('test-expired-key'), {
        keys: [{ jwk: { ...key('test-expired-key').jwk, kid: 'old' }, expiresAt: 1_700_000_000 }],
      }),
      client('test-deactivated', key('test-deactivated'), { status: 'deactivated' }),
      client('test-journal-api', key('test-journal-api')),
      client('test-operator', key('test-operator'), {
        scopes: ['tillit:registry/read', 'tillit:registry/write', 'tillit:audit/read'],
      }),
    ],
    delegations: [
      { supplier: SUPPLIER, delegator: GRANFJELLDAL },
      { supplier: SUPPLIER, delegator: FJORDVIK },
      { supplier: SUPPLIER, delegator: OUTSIDER },
    ],
  }
}
