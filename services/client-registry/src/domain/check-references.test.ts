import { describe, expect, it } from '@jest/globals'
import { refusals, Registry, world } from './import.fixture.js'
import { documentOf, item } from './sample.fixture.js'

describe('import: references', () => {
  it('refuses scopes of unknown APIs, unknown scopes and foreign prefixes', async () => {
    const found = await refusals(({ clients }) => {
      item(clients)['scopes'] = ['openid', 'nobody:api/read', `${world.audience}/delete`]
    })
    expect(found).toEqual([
      '/clients/0/scopes/1: nobody:api/read belongs to API nobody:api, which is unknown',
      `/clients/0/scopes/2: ${world.audience}/delete is not a scope of API ${world.audience}`,
    ])
    expect(await refusals(({ apis }) => (item(apis)['scopes'] = ['other:api/read']))).toEqual([
      `/apis/0/scopes/0: must start with ${world.audience}/`,
    ])
  })

  it('refuses unknown organisations, clients and APIs', async () => {
    const found = await refusals(({ apis, clients, delegations }) => {
      item(apis)['owner'] = '888888888'
      item(apis)['introspectionClients'] = ['nobody']
      item(clients)['audienceClaims'] = { 'nobody:api': { id: '1' } }
      item(delegations)['delegator'] = '888888888'
    })
    expect(found).toEqual([
      '/apis/0/owner: organisation 888888888 is unknown',
      '/apis/0/introspectionClients/0: client nobody is unknown',
      '/clients/0/audienceClaims/nobody:api: API nobody:api is unknown',
      '/delegations/0/delegator: organisation 888888888 is unknown',
    ])
  })

  it("F03 refuses a child that is no sub-unit of the client's organisation", async () => {
    expect(await refusals(({ clients }) => (item(clients)['childOrganizationNumbers'] = [world.supplier]))).toEqual([
      `/clients/0/childOrganizationNumbers/0: ${world.supplier} is not a known sub-unit of ${world.main}`,
    ])
  })

  it('wants an approved supplier behind a multi-tenant client and a delegation', async () => {
    const found = await refusals(({ organisations }) => (item(organisations, 1)['approvedSupplier'] = false))
    expect(found).toEqual([
      `/clients/1/organisation: ${world.supplier} is not an approved supplier`,
      `/delegations/0/supplier: ${world.supplier} is not an approved supplier`,
    ])
  })

  it('keeps tenancy, children and passing of organisations together', async () => {
    expect(await refusals(({ clients }) => (item(clients)['tenancy'] = 'none'))).toEqual([
      '/clients/0/childOrganizationNumbers: is for single-tenant clients only',
    ])
    const none = { tenancy: 'none', flags: { passParentOrganisation: true }, childOrganizationNumbers: [] }
    expect(await refusals(({ clients }) => Object.assign(item(clients), none))).toEqual([
      '/clients/0/flags: passes organisations: choose a tenancy for the client',
    ])
  })

  it('refuses to put a unit with units of its own below another', async () => {
    const registry = new Registry()
    await registry.load(documentOf(world))
    const above = {
      orgnr: '100200300',
      name: 'Above',
      synthetic: true,
      subUnits: [{ orgnr: world.main, name: 'Below' }],
    }
    await expect(registry.load({ organisations: [above] })).rejects.toMatchObject({
      problems: [{ message: `${world.main} has sub-units of its own: it cannot be one` }],
    })
  })

  it('refuses a record that stands twice', async () => {
    const found = await refusals(({ organisations, clients }) => {
      organisations.push({ orgnr: world.units[0], name: 'Again', synthetic: true })
      clients.push({ ...item(clients), keys: [] })
    })
    expect(found).toEqual([
      `/organisations/2/orgnr: organisation ${world.units[0]} stands twice in this document: keep one`,
      `/clients/2/clientId: client ${world.client} stands twice in this document: keep one`,
    ])
  })
})
