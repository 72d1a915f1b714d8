import { beforeEach, describe, expect, it } from '@jest/globals'
import type { CheckedAssertion, ClientCredentialsRequest } from '@tillit/oauth'
import { decideClientCredentials, type Decision } from './decide.js'
import { FakeTrail, refusal, SECONDS } from './issuing.fixture.js'
import type { Api, Client } from './model.js'
import { api, CHILD, client, FakeRegistry, flags, JOURNAL, organisation, PARENT, SUPPLIER } from './registry.fixture.js'

const SECOND = 'test:second'
const TERMS = 'https://terms.example/journal'
let registry: FakeRegistry
let trail: FakeTrail
beforeEach(() => {
  registry = new FakeRegistry()
  trail = new FakeTrail()
})

interface Question {
  readonly client?: Client
  readonly scope?: readonly string[]
  readonly resources?: readonly string[]
  readonly details?: readonly unknown[]
  readonly assertion?: Partial<CheckedAssertion>
}
function decide({
  client: who = client(),
  scope,
  resources = [],
  details,
  assertion,
}: Question = {}): Promise<Decision> {
  const request = { grantType: 'client_credentials', scope, resources } as unknown as ClientCredentialsRequest
  const caller = {
    client: who,
    organisation: registry.organisation(who.organisation) ?? organisation(),
    assertion: { assertionDetails: details, usedLegacyAudience: false, kid: 'k1', ...assertion } as CheckedAssertion,
    spend: { clientId: who.clientId, jti: 'j', exp: SECONDS + 30 },
  }
  return decideClientCredentials(request, caller, { registry, environment: 'test', trail })
}
const structure = (value: string, system = 'urn:oid:1.0.6523'): unknown => ({
  type: 'helseid_authorization',
  practitioner_role: { organization: { identifier: { system, type: 'ENH', value } } },
})
const saas = (rest: Partial<Client> = {}): Client =>
  client({ clientId: 'saas', organisation: SUPPLIER, tenancy: 'multi-tenant', ...rest })
const offer = (rest: Partial<Api>): void => void registry.apis.set(rest.audience ?? JOURNAL, api(rest))
const both = client({ scopes: [`${JOURNAL}/read`, `${SECOND}/read`] })

describe('the decision', () => {
  it('follows the API: audience, algorithm, lifetime', async () => {
    offer({ signingAlg: 'PS256', accessTokenLifetime: 120, allowBearer: true })
    expect(await decide()).toMatchObject({ audiences: [JOURNAL], alg: 'PS256', lifetime: 120, allowBearer: true })
  })

  it('several APIs: all audiences, the shortest lifetime, Bearer only where all take it, and a warning', async () => {
    offer({ allowBearer: true })
    offer({ audience: SECOND, accessTokenLifetime: 300 })
    const decision = await decide({ client: both })
    expect(decision).toMatchObject({ audiences: [JOURNAL, SECOND], lifetime: 300, allowBearer: false })
    expect(trail.warnings).toEqual(['several_audiences'])
  })

  it('APIs with different algorithms are invalid_target, and resource chooses one', async () => {
    offer({ audience: SECOND, signingAlg: 'RS256' })
    expect((await refusal(() => decide({ client: both }))).code).toBe('invalid_target')
    expect((await decide({ client: both, resources: [SECOND] })).alg).toBe('RS256')
  })

  it('records what it was made from', async () => {
    const { inputs } = await decide({
      client: saas(),
      scope: [`${JOURNAL}/read`],
      details: [structure(`NO:ORGNR:${PARENT}:${CHILD}`)],
    })
    expect(inputs).toEqual({
      grant: 'client_credentials',
      scopeRequested: [`${JOURNAL}/read`],
      scopeRejected: [],
      resource: [],
      organisation: { parent: PARENT, child: CHILD, supplier: SUPPLIER },
      revisions: {
        client: 7,
        [`org.${SUPPLIER}`]: 3,
        [`delegation.${SUPPLIER}.${PARENT}`]: 9,
        [`org.${PARENT}`]: 3,
        [`org.${CHILD}`]: 3,
        [`api.${JOURNAL}`]: 5,
      },
      assertionKid: 'k1',
      flagsUsed: [],
    })
  })

  it('records and warns of compatibility flags that were used', async () => {
    const { inputs } = await decide({
      client: client({ flags: flags({ legacyOrganisationOid: true }) }),
      details: [structure(CHILD, 'urn:oid:2.16.578.1.12.4.1.2.101')],
      assertion: { usedLegacyAudience: true },
    })
    expect(inputs.flagsUsed).toEqual(['legacyAssertionAudience', 'legacyOrganisationOid'])
    expect(trail.warnings).toEqual(['legacy_organisation_oid'])
  })
})

describe('membership', () => {
  it('single-tenant: a member or an approved supplier', async () => {
    registry.change(PARENT, { member: false })
    expect(await refusal(decide)).toMatchObject({ status: 400, code: 'unauthorized_client' })
    registry.change(PARENT, { approvedSupplier: true })
    expect((await decide()).scope).toHaveLength(2)
  })

  it('multi-tenant: an approved supplier', async () => {
    registry.change(SUPPLIER, { approvedSupplier: false })
    expect((await refusal(() => decide({ client: saas() }))).code).toBe('unauthorized_client')
  })
})

describe('terms', () => {
  const details = [structure(`NO:ORGNR:${PARENT}`)]
  beforeEach(() => offer({ terms: { uri: TERMS, version: '2' } }))

  it('unsigned: the scopes of the API go to rejected_scope', async () => {
    offer({ audience: SECOND })
    const decision = await decide({ client: saas({ scopes: both.scopes }), details })
    expect(decision).toMatchObject({
      audiences: [SECOND],
      scope: [`${SECOND}/read`],
      rejectedScope: [`${JOURNAL}/read`],
    })
    expect(decision.inputs.scopeRejected).toEqual([`${JOURNAL}/read`])
  })

  it('all dropped: invalid_scope, naming the terms', async () => {
    const refused = await refusal(() => decide({ client: saas(), details }))
    expect(refused.code).toBe('invalid_scope')
    expect(refused.text).toContain(TERMS)
  })

  it('an older version does not count, the current one does', async () => {
    registry.change(PARENT, { acceptedTerms: { [TERMS]: '1' } })
    expect((await refusal(() => decide({ client: saas(), details }))).code).toBe('invalid_scope')
    registry.change(PARENT, { acceptedTerms: { [TERMS]: '2' } })
    expect((await decide({ client: saas(), details })).rejectedScope).toEqual([])
  })

  it('are checked at set-up, not here, for a single-tenant client', async () => {
    expect((await decide()).scope).toHaveLength(2)
  })
})

describe('claims', () => {
  const names = ['helseid://claims/client/client_name', 'helseid://claims/client/amr', 'nhn:sfm:journal_id']
  const tenancies = ['helseid://claims/client/claims/client_tenancy', 'helseid://claims/client/client_tenancy']
  const journal = { type: 'nhn:sfm:journal-id', value: { journal_id: '0b2b8a4e-7d6e-4cbb-9d0b-3a2f6f2b1c11' } }

  it('are those that the API asks for', async () => {
    offer({ claims: [...names, ...tenancies] })
    const { clientClaims, organisation: said } = await decide({ details: [journal] })
    expect(clientClaims).toEqual({
      [names[0] ?? '']: 'Journal system',
      [names[1] ?? '']: 'private_key_jwt',
      [names[2] ?? '']: journal.value.journal_id,
      [tenancies[0] ?? '']: 'single-tenant',
      [tenancies[1] ?? '']: 'single-tenant',
    })
    expect(said).toEqual({ parent: undefined, child: undefined, supplier: undefined })
  })

  it('are none where it asks for none, whatever the client sends', async () => {
    offer({ claims: [] })
    expect((await decide({ details: [journal] })).clientClaims).toEqual({})
  })

  it('with several APIs are those that every one asks for', async () => {
    offer({ claims: names })
    offer({ audience: SECOND, claims: [names[0] ?? ''] })
    expect(Object.keys((await decide({ client: both, details: [journal] })).clientClaims)).toEqual([names[0]])
  })

  it('of a multi-tenant client always name parent and supplier', async () => {
    offer({ claims: [] })
    const { organisation: said } = await decide({ client: saas(), details: [structure(`NO:ORGNR:${PARENT}:${CHILD}`)] })
    expect(said).toEqual({ parent: PARENT, child: undefined, supplier: SUPPLIER })
  })

  it('of the audience are given to that API alone', async () => {
    const audienceClaims = { [JOURNAL]: { 'sfm-id': '12' }, [SECOND]: { herid: '0' } }
    offer({ claims: [] })
    offer({ audience: SECOND, claims: [] })
    const question = { client: { ...both, audienceClaims } }
    expect((await decide({ ...question, resources: [SECOND] })).clientClaims).toEqual({
      [`${SECOND}/client/claims/herid`]: '0',
    })
    expect((await decide(question)).clientClaims).toEqual({})
  })
})
