import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { draft, production, refusals, Registry, world } from './import.fixture.js'
import { pointer } from './problems.js'
import { documentOf, freshWorld, item, NOW, publicJwk, type Draft } from './sample.fixture.js'

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
