import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { ISSUER } from '../domain/issuing.fixture.js'
import { testApp, type TestApp } from './routes.fixture.js'

const CONFIGURATION = '/.well-known/openid-configuration'
const JWKS = `${CONFIGURATION}/jwks`
let app: TestApp
beforeEach(async () => {
  app = await testApp()
})
afterEach(() => app.http.close())

describe('discovery', () => {
  it('states what works, with issuer and endpoints byte for byte (T6)', async () => {
    const answer = await app.http.inject({ url: CONFIGURATION })
    expect(answer.headers['content-type']).toMatch(/^application\/json/)
    expect(answer.json()).toMatchObject({
      issuer: ISSUER,
      jwks_uri: `${ISSUER}/.well-known/openid-configuration/jwks`,
      token_endpoint: `${ISSUER}/connect/token`,
      revocation_endpoint: `${ISSUER}/connect/revocation`,
      introspection_endpoint: `${ISSUER}/connect/introspect`,
      expired_jwks_uri: `${ISSUER}/connect/expiredjwks`,
      grant_types_supported: ['client_credentials'],
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
    })
  })

  it('names no endpoint that does not answer', async () => {
    const document = (await app.http.inject({ url: CONFIGURATION })).json<Record<string, unknown>>()
    for (const [name, value] of Object.entries(document)) {
      if (!/_(endpoint|uri)$/.test(name)) continue
      const { statusCode } = await app.http.inject({ url: String(value).slice(ISSUER.length) })
      expect([200, 400, 405]).toContain(statusCode)
    }
    expect((await app.http.inject({ url: '/connect/authorize' })).statusCode).toBe(404)
  })

  it('RFC 8414: the same document where OAuth looks for it', async () => {
    const [openid, oauth] = await Promise.all(
      [CONFIGURATION, '/.well-known/oauth-authorization-server'].map((url) => app.http.inject({ url })),
    )
    expect(oauth?.body).toBe(openid?.body)
  })

  it('I03 I05 a forged host changes nothing', async () => {
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' }
    expect((await app.http.inject({ url: CONFIGURATION, headers })).body).not.toContain('evil')
  })

  it('a wrong method is 405', async () => {
    expect((await app.http.inject({ method: 'POST', url: CONFIGURATION })).statusCode).toBe(405)
  })
})

describe('caching', () => {
  it('answers 304 to the tag it gave, and anew when the keys change', async () => {
    const first = await app.http.inject({ url: JWKS })
    expect(first.headers['cache-control']).toBe('public, max-age=3600, stale-if-error=86400')
    const etag = String(first.headers['etag'])
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await app.http.inject({ url: JWKS, headers: { 'if-none-match': tag } })
      expect([again.statusCode, again.body, again.headers['etag']]).toEqual([304, '', etag])
    }
    app.keys = { keys: [{ kty: 'EC', kid: 'b' }] }
    const changed = await app.http.inject({ url: JWKS, headers: { 'if-none-match': etag } })
    expect([changed.statusCode, changed.json()]).toEqual([200, app.keys])
  })

  it('an enormous If-None-Match is ignored', async () => {
    const headers = { 'if-none-match': '"x",'.repeat(2_000) }
    expect((await app.http.inject({ url: JWKS, headers })).statusCode).toBe(200)
  })
})

describe('keys', () => {
  it('are 503 with Retry-After until the first ones are known', async () => {
    app.keys = undefined
    for (const url of [JWKS, '/connect/expiredjwks']) {
      const answer = await app.http.inject({ url })
      expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '1'])
    }
  })

  it('that are retired have an endpoint of their own', async () => {
    expect((await app.http.inject({ url: '/connect/expiredjwks' })).json()).toEqual({ keys: [] })
  })
})
