import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { importDocument } from '../domain/import-document.js'
import { documentOf, freshWorld, item, localRules } from '../domain/sample.fixture.js'
import { FakeRegistry } from '../store/registry.fake.js'
import { AdminApi, type CallOptions } from './caller.fixture.js'

const world = freshWorld()
const clientPath = `/admin/v1/clients/${world.client}`
const stop = { status: 'deactivated', reason: 'incident 7' }
let store: FakeRegistry
let api: AdminApi

beforeEach(async () => {
  store = new FakeRegistry(Date.now)
  await importDocument(
    documentOf(world),
    { actor: 'import' },
    { store, relay: { kick: () => undefined }, rules: localRules },
  )
  api = await AdminApi.open(store, world.client)
})
afterEach(() => api.close())

const put = (path: string, body: unknown, options: Partial<CallOptions> = {}) =>
  api.call({ ...options, method: 'PUT', path: `${path}/status`, body })

describe('admin API: reading', () => {
  it.each([
    [clientPath, { clientId: world.client, status: 'active' }],
    [`/admin/v1/organisations/${world.main}`, { orgnr: world.main, subUnits: [...world.units] }],
    [`/admin/v1/apis/${encodeURIComponent(world.audience)}`, { audience: world.audience }],
    [`/admin/v1/delegations/${world.supplier}/${world.main}`, { supplier: world.supplier }],
  ])('shows %s with its revision as ETag', async (path, expected) => {
    const answer = await api.call({ path })
    expect([answer.statusCode, answer.json()]).toEqual([200, expect.objectContaining(expected)])
    expect(answer.headers['etag']).toBe(`"${answer.json<{ revision: number }>().revision}"`)
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  it.each([
    ['/admin/v1/clients/nobody', 404],
    ['/admin/v1/organisations/12345', 400],
    ['/admin/v1/organisations/888888888', 404],
    ['/admin/v1/apis/a%2Fb', 404],
    [`/admin/v1/clients/${encodeURIComponent("'; --\r\n")}`, 404],
    ['/admin/v1/organisations/%27%20or%20%271', 400],
    ['/admin/v1/nothing', 404],
    ['//admin/v1/clients/x', 404],
    ['/admin;x/v1/clients/x', 404],
  ])('I04 I06 answers %s with %d as a problem', async (path, status) => {
    const answer = await api.call({ path })
    expect(answer.statusCode).toBe(status)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(answer.json()).toMatchObject({ status, detail: expect.any(String) as unknown })
  })
})

describe('admin API: who may', () => {
  it('D07 refuses the bound token sent as Bearer', async () => {
    const answer = await api.call({ path: clientPath, scheme: 'Bearer' })
    expect([answer.statusCode, answer.json<{ error: string }>().error]).toEqual([401, 'invalid_token'])
  })

  it.each([
    ['wrong ath', { ath: 'AAAA' }],
    ['missing ath', { ath: undefined }],
    ['wrong method', { htm: 'POST' }],
    ['wrong address', { htu: 'https://issuer.test/admin/v1/clients/other' }],
    ['old proof', { iat: 1_700_000_000 }],
  ])('D02 D03 D08 refuses a proof with %s', async (_name, proofClaims) => {
    expect((await api.call({ path: clientPath, proofClaims })).statusCode).toBe(401)
  })

  it('D08 refuses a token that is bound to another key', async () => {
    expect((await api.call({ path: clientPath, claims: { cnf: { jkt: 'other' } } })).statusCode).toBe(401)
  })

  it('D01 refuses a proof that was used', async () => {
    const proofClaims = { jti: 'same' }
    expect((await api.call({ path: clientPath, proofClaims, claims: { jti: 'a' } })).statusCode).toBe(200)
    expect((await api.call({ path: clientPath, proofClaims, claims: { jti: 'a' } })).statusCode).toBe(401)
  })

  it.each([
    ['another audience', { aud: 'tillit:audit' }],
    ['another issuer', { iss: 'https://other.test' }],
    ['no exp', { exp: undefined }],
    ['an exp in the past', { exp: 1_700_000_000 }],
  ])('refuses a token with %s', async (_name, claims) => {
    expect((await api.call({ path: clientPath, claims })).statusCode).toBe(401)
  })

  it('F08 reading does not allow writing, nor writing reading', async () => {
    const read = await put(clientPath, stop, { scope: ['tillit:registry/read'] })
    expect([read.statusCode, read.json<{ error: string }>().error]).toEqual([403, 'insufficient_scope'])
    expect((await api.call({ path: clientPath, scope: ['tillit:registry/write'] })).statusCode).toBe(403)
    expect((await store.find('client', [world.client]))?.status).toBe('active')
  })

  it('refuses a withdrawn operator and a revoked token at once', async () => {
    await store.revoke(
      { jti: 'gone', exp: Math.floor(Date.now() / 1000) + 60, clientId: world.client },
      { actor: 'test' },
    )
    expect((await api.call({ path: clientPath, claims: { jti: 'gone' } })).statusCode).toBe(401)
    expect((await put(`/admin/v1/organisations/${world.main}`, stop)).statusCode).toBe(200)
    const answer = await api.call({ path: clientPath })
    expect([answer.statusCode, answer.json<{ error: string }>().error]).toEqual([401, 'invalid_token'])
  })

  it('answers 429 with Retry-After above the rate', async () => {
    const answers = await Promise.all(Array.from({ length: 130 }, () => api.call({ path: clientPath })))
    const refused = answers.find(({ statusCode }) => statusCode === 429)
    expect(refused?.headers['retry-after']).toBeDefined()
  })
})

describe('admin API: status', () => {
  it('withdraws, with the reason, and names the actor', async () => {
    const answer = await put(clientPath, stop)
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      expect.objectContaining({ status: 'deactivated', statusReason: 'incident 7' }),
    ])
    expect(store.rows.at(-1)).toMatchObject({ action: 'deactivated', actor: `client:${world.client}` })
  })

  it('holds If-Match to the revision', async () => {
    const etag = String((await api.call({ path: `/admin/v1/apis/${world.audience}` })).headers['etag'])
    const path = `/admin/v1/apis/${world.audience}`
    expect((await put(path, stop, { headers: { 'if-match': '"1"' } })).statusCode).toBe(412)
    expect((await put(path, stop, { headers: { 'if-match': 'W/nonsense' } })).statusCode).toBe(400)
    expect((await put(path, stop, { headers: { 'if-match': etag } })).statusCode).toBe(200)
    expect(
      (await put(path, { status: 'active', reason: 'solved' }, { headers: { 'if-match': etag } })).statusCode,
    ).toBe(412)
  })

  it.each([
    ['F08 a member too many', { ...stop, clientId: 'other' }],
    ['F08 an inheritance', JSON.parse('{"status":"deactivated","reason":"incident","__proto__":{"a":1}}')],
    ['I06 an operator object', { status: { not: '' }, reason: 'incident' }],
    ['an unknown status', { status: 'paused', reason: 'incident' }],
    ['no reason', { status: 'deactivated' }],
    ['I07 a line break in the reason', { status: 'deactivated', reason: 'a\r\nb' }],
    ['E04 a long reason', { status: 'deactivated', reason: 'x'.repeat(501) }],
  ])('refuses %s', async (_name, body) => {
    expect((await put(clientPath, body)).statusCode).toBe(400)
    expect((await store.find('client', [world.client]))?.status).toBe('active')
  })

  it('E04 refuses a large body with 413, another content type with 415, another method with 405', async () => {
    expect((await put(clientPath, { ...stop, pad: 'x'.repeat(10_000) })).statusCode).toBe(413)
    expect((await put(clientPath, stop, { headers: { 'content-type': 'application/json\ta' } })).statusCode).toBe(415)
    expect((await api.call({ method: 'POST', path: clientPath, body: {} })).statusCode).toBe(405)
  })

  it('answers 503 with Retry-After when PostgreSQL is gone', async () => {
    store.failure = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:5432'), { code: 'ECONNREFUSED' })
    const answer = await api.call({ path: clientPath })
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, expect.any(String)])
    expect(answer.body).not.toMatch(/ECONNREFUSED|10\.0\.0\.1/)
  })
})

describe('admin API: import', () => {
  const post = (body: unknown, options: Partial<CallOptions> = {}) =>
    api.call({ ...options, method: 'POST', path: '/admin/v1/import', body })

  it('imports, and tries without keeping', async () => {
    const other = freshWorld()
    const dry = await post({ ...documentOf(other), dryRun: true })
    expect([dry.statusCode, dry.json()]).toEqual([200, expect.objectContaining({ dryRun: true })])
    expect(await store.find('client', [other.client])).toBeUndefined()
    const real = await post(documentOf(other))
    expect(real.json<{ changes: unknown[] }>().changes).toHaveLength(8)
    expect(await store.find('client', [other.client])).toBeDefined()
  })

  it('B10 points at every problem of a refused document', async () => {
    const document = documentOf(freshWorld())
    item(document.clients)['jwks_uri'] = 'https://127.0.0.1/keys'
    item(document.organisations)['orgnr'] = '12'
    const answer = await post(document)
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({
      status: 400,
      error: 'invalid_client_metadata',
      errors: [
        { pointer: '/clients/0/jwks_uri', error: 'invalid_client_metadata' },
        { pointer: '/organisations/0/orgnr', detail: 'must be nine digits' },
      ],
    })
  })

  it('answers 409 for a key that another client has', async () => {
    const document = documentOf(freshWorld())
    const taken = (await store.find('client', [world.client]))?.keys[0]?.jwk
    item(document.clients)['keys'] = [{ jwk: taken }]
    expect((await post(document)).statusCode).toBe(409)
  })

  it('needs the scope to write', async () => {
    expect((await post(documentOf(freshWorld()), { scope: ['tillit:registry/read'] })).statusCode).toBe(403)
  })
})
