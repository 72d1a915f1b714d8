import { describe, expect, it } from '@jest/globals'
import { multiTenant, ruleOf, type Change } from '../policy.fixture.js'
import { CHILD, JOURNAL, PARENT, SUPPLIER, tokenRequest, type Entries } from '../world.fixture.js'

describe('parties', () => {
  const set = (kind: 'clients' | 'organisations' | 'apis', key: string, change: object) => (at: Entries) => {
    at[kind][key] = { ...at[kind][key], ...change } as never
  }
  const cases: [string, string, Change][] = [
    ['a deactivated client', 'client_active', { entries: set('clients', 'ehr', { status: 'deactivated' }) }],
    [
      'C11 a client without the grant',
      'client_grant',
      { entries: set('clients', 'ehr', { grantTypes: ['refresh_token'] }) },
    ],
    [
      'a deactivated organisation',
      'organisation_active',
      { entries: set('organisations', PARENT, { status: 'deactivated' }) },
    ],
    ['a deactivated API', 'audience', { entries: set('apis', JOURNAL, { status: 'deactivated' }) }],
    ['an algorithm that the API is not registered with', 'alg', { request: tokenRequest({ alg: 'RS256' }) }],
    [
      'J09 an algorithm that the signer does not allow',
      'alg',
      { request: tokenRequest({ alg: 'HS256' }), entries: set('apis', JOURNAL, { signingAlg: 'HS256' }) },
    ],
    ['A22 a scope that the client has not', 'scope', { claims: { scope: [`${JOURNAL}/write`] } }],
    ['a scope that no API of the token has', 'scope', { claims: { scope: ['old:api/read'] } }],
    ["another client's name", 'client_facts', { claims: { 'helseid://claims/client/client_name': 'Another' } }],
    [
      'another tenancy',
      'client_facts',
      { claims: { 'helseid://claims/client/claims/client_tenancy': 'multi-tenant' } },
    ],
    [
      'F04 another organisation, single-tenant',
      'tenancy',
      { request: tokenRequest({ token: { organisation: { parent: SUPPLIER } } }) },
    ],
    [
      'F04 a child that is not listed on the client',
      'tenancy',
      { request: tokenRequest({ token: { organisation: { parent: PARENT, child: SUPPLIER } } }) },
    ],
    [
      'a supplier, single-tenant',
      'tenancy',
      { request: tokenRequest({ token: { organisation: { parent: PARENT, supplier: SUPPLIER } } }) },
    ],
    ['multi-tenant without a supplier', 'tenancy', { request: multiTenant({ parent: PARENT }) }],
    ['multi-tenant without a parent', 'tenancy', { request: multiTenant({ supplier: SUPPLIER }) }],
    ['multi-tenant with a foreign supplier', 'tenancy', { request: multiTenant({ parent: PARENT, supplier: PARENT }) }],
    [
      'an organisation for a client without tenancy',
      'tenancy',
      { entries: set('clients', 'ehr', { tenancy: 'none' }) },
    ],
    [
      'F03 a sub-unit that is not under the parent',
      'child_of_parent',
      { request: multiTenant({ parent: PARENT, child: SUPPLIER, supplier: SUPPLIER }) },
    ],
    [
      'a deactivated sub-unit',
      'child_of_parent',
      {
        request: multiTenant({ parent: PARENT, child: CHILD, supplier: SUPPLIER }),
        entries: set('organisations', CHILD, { status: 'deactivated' }),
      },
    ],
    [
      'a deactivated parent',
      'parent_active',
      {
        request: multiTenant({ parent: PARENT, supplier: SUPPLIER }),
        entries: set('organisations', PARENT, { status: 'deactivated' }),
      },
    ],
    [
      'F01 a supplier without delegation',
      'delegation',
      {
        request: multiTenant({ parent: PARENT, supplier: SUPPLIER }),
        entries: (at) => Reflect.deleteProperty(at.delegations, `${SUPPLIER} ${PARENT}`),
      },
    ],
    [
      'F02 a supplier whose delegation was revoked',
      'delegation',
      {
        request: multiTenant({ parent: PARENT, supplier: SUPPLIER }),
        entries: (at) => (at.delegations[`${SUPPLIER} ${PARENT}`] = { status: 'deactivated' }),
      },
    ],
    [
      'a real organisation in a test environment',
      'synthetic',
      { entries: set('organisations', PARENT, { synthetic: false }) },
    ],
    ['a synthetic organisation in production', 'synthetic', { environment: 'production' }],
  ]
  it.each(cases)('refuse %s', async (_name, rule, change) => {
    expect(await ruleOf(change)).toBe(rule)
  })

  it('refuse an audience that is not registered', async () => {
    expect(await ruleOf({ claims: { aud: 'nobody:api' } })).toBe('audience')
    expect(await ruleOf({ claims: { aud: [JOURNAL, 'nobody:api'] } })).toBe('audience')
  })

  it('refuse claims about another organisation than was decided', async () => {
    const inputs = { organisation: { parent: SUPPLIER } }
    expect(await ruleOf({ request: { ...tokenRequest(), inputs } })).toBe('organisation_agrees')
  })

  it('hold what was decided to the rules also where the API wants no organisation claims', async () => {
    const request = tokenRequest({ token: { organisation: {} } })
    expect(await ruleOf({ request: { ...request, inputs: { organisation: { parent: SUPPLIER } } } })).toBe('tenancy')
    expect(
      await ruleOf({ request: { ...request, inputs: { organisation: { parent: PARENT, child: CHILD } } } }),
    ).toBeUndefined()
  })

  it('F06 refuse anything but a known organisation number', async () => {
    const clients = (at: Entries) =>
      (at.clients['ehr'] = { ...(at.clients['ehr'] as unknown as object), organisation: '99997777' } as never)
    expect(await ruleOf({ entries: clients })).toBe('organisation_active')
  })
})
