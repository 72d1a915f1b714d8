import { describe, expect, it } from '@jest/globals'
import { draft, refusals, Registry, world } from './import.fixture.js'
import { documentOf, item, publicJwk } from './sample.fixture.js'

describe('import: the document in itself', () => {
  it('takes a good document and has it told', async () => {
    const registry = new Registry()
    const { changes, unchanged } = await registry.load(documentOf(world))
    expect(changes.map(({ kind, action }) => `${kind} ${action}`)).toEqual([
      'organisation created',
      'organisation created',
      'organisation created',
      'organisation created',
      'api created',
      'client created',
      'client created',
      'delegation created',
    ])
    expect(unchanged).toBe(0)
    expect(registry.kick).toHaveBeenCalledTimes(1)
  })

  it.each([[null], [[]], ['text'], [42]])('refuses %p as a document', async (value) => {
    expect(await new Registry().refusals(value)).toEqual([
      ': must be an object with organisations, apis, clients, delegations',
    ])
  })

  it('F08 refuses members that would set what the document may not set', async () => {
    const found = await refusals(({ organisations, clients }) => {
      item(organisations)['isAdmin'] = true
      item(clients)['revision'] = 99
      item(clients)['flags'] = { allowEverything: true }
    })
    expect(found).toEqual([
      '/organisations/0/isAdmin: is not a known member: remove it',
      '/clients/0/revision: is not a known member: remove it',
      '/clients/0/flags/allowEverything: is not a known member: remove it',
    ])
  })

  it('I06 refuses operator objects where a text belongs', async () => {
    const found = await refusals(({ clients, delegations }) => {
      item(clients)['clientId'] = { contains: '' }
      item(clients)['organisation'] = { not: '' }
      item(delegations)['supplier'] = { gt: '' }
    })
    expect(found).toEqual([
      '/clients/0/clientId: must be string',
      '/clients/0/organisation: must be string',
      '/delegations/0/supplier: must be string',
    ])
  })

  it("I06 keeps '; -- as what it is, a name", async () => {
    const registry = new Registry()
    await registry.load(draft(({ clients }) => (item(clients)['clientName'] = "'; DROP TABLE client; --")))
    expect((await registry.store.find('client', [world.client]))?.clientName).toBe("'; DROP TABLE client; --")
  })

  it.each(['a\r\nb', '\u001b[31m', 'a\u202eb'])(
    'I07 refuses control and bidirectional characters in names: %j',
    async (name) => {
      const [found] = await refusals(({ organisations }) => (item(organisations)['name'] = name))
      expect(found).toMatch(/^\/organisations\/0\/name: must match/)
    },
  )

  it('E05 refuses members named for an inheritance, and leaves Object.prototype alone', async () => {
    const document = JSON.parse(
      '{"clients":[{"__proto__":{"isAdmin":true}}],"constructor":{"prototype":{"isAdmin":true}}}',
    ) as unknown
    const found = await new Registry().refusals(document)
    expect(found).toContain('/clients/0/__proto__: is refused')
    expect(found).toContain('/constructor: is refused')
    expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined()
  })

  it.each(['jwks_uri', 'jwksUri'])(
    'B10 refuses %s with invalid_client_metadata, wherever it stands',
    async (member) => {
      const load = new Registry().load(
        draft(({ clients }) => (item(clients)['keys'] = [{ jwk: { ...publicJwk(), [member]: 'https://127.0.0.1/' } }])),
      )
      await expect(load).rejects.toMatchObject({ code: 'invalid_client_metadata', status: 400 })
    },
  )

  it('E07 answers 100 kB of adversarial text in every text at once', async () => {
    const text = `${'a:'.repeat(50_000)}!`
    const found = await refusals(({ organisations, apis, clients, delegations }) => {
      for (const one of [item(organisations), item(apis), item(clients), item(delegations)]) {
        for (const [name, value] of Object.entries(one)) if (typeof value === 'string') one[name] = text
      }
    })
    expect(found.length).toBeGreaterThan(8)
  })

  it('finds every problem of a document at once', async () => {
    const found = await refusals(({ organisations, apis, clients }) => {
      item(organisations)['orgnr'] = '12'
      delete item(organisations, 1)['name']
      item(apis)['signingAlg'] = 'HS256'
      item(clients)['status'] = 'paused'
      item(clients, 1)['organisation'] = 313745392
    })
    expect(found).toEqual([
      '/organisations/0/orgnr: must be nine digits',
      '/organisations/1/name: is missing',
      '/apis/0/signingAlg: must be one of ES256, PS256, RS256',
      '/clients/0/status: must be one of active, deactivated',
      '/clients/1/organisation: must be string: put it in quotes',
    ])
  })
})
