import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it, jest } from '@jest/globals'
import { FakeRegistry } from '../store/registry.fake.js'
import { changeStatus } from './change-status.js'
import type { Rules } from './environment.js'
import { importDocument, type ImportResult } from './import-document.js'
import { ImportRefused, pointer } from './problems.js'
import { documentOf, freshWorld, item, localRules, NOW, publicJwk, type Draft } from './sample.fixture.js'

const production: Rules = { environment: 'production', now: NOW }
const world = freshWorld()

class Registry {
  readonly store = new FakeRegistry(() => NOW)
  readonly kick = jest.fn<() => void>()

  load(document: unknown, rules: Rules = localRules): Promise<ImportResult> {
    return importDocument(document, { actor: 'import' }, { store: this.store, relay: this, rules })
  }

  /** Each refusal as `pointer: message`. */
  async refusals(document: unknown, rules: Rules = localRules): Promise<string[]> {
    try {
      await this.load(document, rules)
    } catch (error) {
      if (!(error instanceof ImportRefused)) throw error
      expect(this.store.rows).toHaveLength(0)
      return error.problems.map(({ path, message }) => `${pointer(path)}: ${message}`)
    }
    return []
  }
}

/** A good document, changed in one place. */
const draft = (change: (document: Draft) => void): Draft => {
  const document = documentOf(world)
  change(document)
  return document
}
const refusals = (change: (document: Draft) => void, rules?: Rules): Promise<string[]> =>
  new Registry().refusals(draft(change), rules)

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

describe('import: organisation numbers and environments', () => {
  it.each(['12345678', '1234567890', '12345678a', '１２３４５６７８９', ' 99997777', '٠١٢٣٤٥٦٧٨'])(
    'F06 refuses %p',
    async (orgnr) => {
      const [found] = await refusals(({ organisations }) => (item(organisations)['orgnr'] = orgnr))
      expect(found).toBe('/organisations/0/orgnr: must be nine digits')
    },
  )

  it('F06 checks the control digit in production only', async () => {
    const one = (orgnr: string) => ({ organisations: [{ orgnr, name: 'A' }] })
    expect(await new Registry().refusals(one('999977775'), production)).toEqual([
      '/organisations/0/orgnr: is not an organisation number: its control digit is wrong',
    ])
    expect(await new Registry().refusals(one('974760673'), production)).toEqual([])
    const synthetic = { organisations: [{ orgnr: '999977775', name: 'A', synthetic: true }] }
    expect(await new Registry().refusals(synthetic)).toEqual([])
  })

  it('refuses synthetic organisations in production, and real ones elsewhere', async () => {
    const one = (synthetic: boolean) => ({ organisations: [{ orgnr: '974760673', name: 'A', synthetic }] })
    expect(await new Registry().refusals(one(true), production)).toEqual([
      '/organisations/0/synthetic: is synthetic: production refuses synthetic organisations',
    ])
    for (const environment of ['local', 'test'] as const) {
      expect(await new Registry().refusals(one(false), { environment, now: NOW })).toEqual([
        '/organisations/0/synthetic: is not synthetic: only synthetic organisations may be used outside production',
      ])
    }
  })

  it('refuses wildcard scopes in production only', async () => {
    const wildcard = `${world.audience}/api/*.*`
    const change = ({ apis, clients }: Draft) => {
      item(apis)['scopes'] = [wildcard]
      item(clients)['scopes'] = [wildcard]
      item(clients, 1)['scopes'] = [wildcard]
    }
    expect(await refusals(change)).toEqual([])
    const found = await refusals(change, production)
    expect(found).toContain('/apis/0/scopes/0: has a wildcard: production takes scopes by name only')
    expect(found).toContain('/clients/1/scopes/0: has a wildcard: production takes scopes by name only')
  })
})

describe('import: keys', () => {
  const withKeys = (...jwks: unknown[]) =>
    refusals(({ clients }) => (item(clients)['keys'] = jwks.map((jwk) => ({ jwk }))))
  const rsa = (modulusLength: number) =>
    generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' })

  it('E03 refuses weak and off-curve keys with invalid_client_metadata', async () => {
    expect((await withKeys(rsa(1024)))[0]).toMatch(/^\/clients\/0\/keys\/0\/jwk: The JWK is an RSA key of 1024 bits/)
    const off = { ...publicJwk(), x: Buffer.alloc(32, 7).toString('base64url') }
    expect((await withKeys(off))[0]).toMatch(/is the point on the curve/)
    const load = new Registry().load(draft(({ clients }) => (item(clients)['keys'] = [{ jwk: off }])))
    await expect(load).rejects.toMatchObject({ code: 'invalid_client_metadata' })
  })

  it('takes RSA below 3072 bits with a warning', async () => {
    const registry = new Registry()
    const { warnings } = await registry.load(draft(({ clients }) => (item(clients)['keys'] = [{ jwk: rsa(2048) }])))
    expect(warnings.map(({ path, message }) => `${pointer(path)}: ${message}`)).toEqual([
      '/clients/0/keys/0/jwk: is an RSA key below 3072 bits: use a stronger one',
    ])
    expect((await registry.load(documentOf(freshWorld()))).warnings).toEqual([])
  })

  it('refuses private and shared keys', async () => {
    const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
    expect((await withKeys(jwk))[0]).toMatch(/private member d/)
    expect((await withKeys({ kty: 'oct', k: 'c2VjcmV0' }))[0]).toMatch(/shared secret/)
  })

  it('keeps the public members alone: no certificate, no address', async () => {
    const registry = new Registry()
    const jwk = { ...publicJwk(), kid: 'k1', x5u: 'https://127.0.0.1/', x5c: ['AA'] }
    await registry.load(draft(({ clients }) => (item(clients)['keys'] = [{ jwk }])))
    const [key] = (await registry.store.find('client', [world.client]))?.keys ?? []
    expect(Object.keys(key?.jwk ?? {}).toSorted()).toEqual(['crv', 'kid', 'kty', 'x', 'y'])
  })

  it('takes two live keys and any number of dead ones', async () => {
    const keys = (...times: (number | string | undefined)[]) =>
      refusals(({ clients }) => (item(clients)['keys'] = times.map((expiresAt) => ({ jwk: publicJwk(), expiresAt }))))
    const dead = NOW / 1000 - 1
    const twoLive = [{ jwk: publicJwk() }, { jwk: publicJwk() }, { jwk: publicJwk(), expiresAt: dead }]
    expect(await refusals(({ clients }) => (item(clients)['keys'] = twoLive))).toEqual([])
    expect(await keys(NOW / 1000 + 1, NOW / 1000 + 2, '2031-01-01T00:00:00+01:00')).toEqual([
      '/clients/0/keys: has more than two keys that have not expired: give old ones an expiresAt',
    ])
    expect((await keys('2031-13-41T00:00:00Z'))[0]).toMatch(/^\/clients\/0\/keys\/0\/expiresAt: is not a time/)
  })

  it('refuses a key that two clients share, in the document or with one that is held: 409', async () => {
    const jwk = publicJwk()
    const change = ({ clients }: Draft) => {
      item(clients)['keys'] = [{ jwk }]
      item(clients, 1)['keys'] = [{ jwk }]
    }
    expect(await refusals(change)).toEqual([
      `/clients/1/keys/0/jwk: is already the key of client ${world.client}: every client needs its own key pair`,
    ])
    const registry = new Registry()
    await registry.load(draft(({ clients }) => (item(clients)['keys'] = [{ jwk }])))
    const late = draft(({ clients }) => {
      clients.shift()
      item(clients)['keys'] = [{ jwk }]
    })
    await expect(registry.load(late)).rejects.toMatchObject({ status: 409, code: 'invalid_client_metadata' })
  })

  it('refuses one kid for two keys of a client', async () => {
    const found = await withKeys({ ...publicJwk(), kid: 'a' }, { ...publicJwk(), kid: 'a' })
    expect(found).toEqual(['/clients/0/keys/1/jwk/kid: is used by two keys of this client'])
  })
})

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

describe('import: a full upsert of what is listed', () => {
  it('is idempotent: the same document again makes no revision and tells nothing', async () => {
    const registry = new Registry()
    const document = documentOf(world)
    await registry.load(document)
    expect(await registry.load(structuredClone(document))).toMatchObject({ changes: [], unchanged: 8 })
    expect(registry.kick).toHaveBeenCalledTimes(1)
  })

  it('touches only what is listed and what follows from it', async () => {
    const registry = new Registry()
    await registry.load(documentOf(world))
    const { apis } = draft((document) => (item(document.apis)['allowBearer'] = true))
    expect((await registry.load({ apis })).changes).toMatchObject([{ kind: 'api', action: 'updated' }])
  })

  it('takes defaults for members that are no longer stated', async () => {
    const registry = new Registry()
    await registry.load(draft(({ clients }) => (item(clients)['flags'] = { allowBearer: true })))
    await registry.load(documentOf(world))
    expect((await registry.store.find('client', [world.client]))?.flags.allowBearer).toBe(false)
  })

  it('never undoes a withdrawal that it does not state', async () => {
    const registry = new Registry()
    await registry.load(documentOf(world))
    const stop = { kind: 'client', subject: [world.client], status: 'deactivated', reason: 'incident' } as const
    await changeStatus(stop, 'client:op', { store: registry.store, relay: registry })
    await registry.load(draft(({ clients }) => (item(clients)['clientName'] = 'New name')))
    expect(await registry.store.find('client', [world.client])).toMatchObject({
      clientName: 'New name',
      status: 'deactivated',
      statusReason: 'incident',
    })
    const back = await registry.load(draft(({ clients }) => (item(clients)['status'] = 'active')))
    expect(back.changes).toContainEqual(expect.objectContaining({ kind: 'client', action: 'activated' }))
  })

  it('withdraws a sub-unit that its main unit no longer lists, and takes it back when it is listed again', async () => {
    const registry = new Registry()
    const [kept, gone] = world.units
    await registry.load(documentOf(world))
    const units = (list: readonly string[]) =>
      draft(({ organisations, clients }) => {
        item(organisations)['subUnits'] = list.map((orgnr) => ({ orgnr, name: `Unit ${orgnr}` }))
        item(clients)['childOrganizationNumbers'] = [kept]
      })
    const { changes } = await registry.load({ organisations: units([kept]).organisations })
    expect(changes.map(({ subject, action }) => `${subject.join()} ${action}`)).toEqual([
      `${world.main} updated`,
      `${gone} deactivated`,
    ])
    expect((await registry.store.find('organisation', [world.main]))?.subUnits).toEqual([kept])
    await registry.load({ organisations: units([kept, gone]).organisations })
    expect((await registry.store.find('organisation', [world.main]))?.subUnits).toEqual([...world.units].toSorted())
    expect(await registry.store.find('organisation', [gone])).toMatchObject({ status: 'active' })
  })
})
