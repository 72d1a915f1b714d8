import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { authentication, claimsOf } from '../domain/issuing.fixture.js'
import { testApp, type TestApp } from './routes.fixture.js'

let app: TestApp
beforeEach(async () => {
  app = await testApp()
})
afterEach(() => app.http.close())
const api = (): Record<string, string> => authentication({ clientId: 'journal-api' })
async function newToken(): Promise<string> {
  const answer = await app.post('/connect/token', { grant_type: 'client_credentials', ...authentication() })
  return answer.json<{ access_token: string }>().access_token
}

describe('POST /connect/introspect', () => {
  it('answers JSON', async () => {
    const token = await newToken()
    const answer = await app.post('/connect/introspect', { ...api(), token, token_type_hint: 'access_token' })
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['content-type']).toMatch(/^application\/json/)
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.json()).toMatchObject({ active: true, jti: claimsOf(token)['jti'] })
  })

  it('needs no DPoP proof', async () => {
    const answer = await app.post('/connect/introspect', { ...api(), token: 'x' }, { dpop: 'nonsense' })
    expect([answer.statusCode, answer.json()]).toEqual([200, { active: false }])
  })
})

describe('POST /connect/revocation', () => {
  it('answers an empty 200, twice', async () => {
    const token = await newToken()
    for (let i = 0; i < 2; i++) {
      const answer = await app.post('/connect/revocation', {
        ...authentication(),
        token,
        token_type_hint: 'refresh_token',
      })
      expect([answer.statusCode, answer.body]).toEqual([200, ''])
    }
    expect(app.deps.revocations.revoked).toHaveLength(2)
  })
})

describe('both', () => {
  const paths = ['/connect/introspect', '/connect/revocation']
  it('want POST, the form type, no query and a token', async () => {
    for (const path of paths) {
      expect((await app.http.inject({ url: path })).statusCode).toBe(405)
      const json = await app.post(path, '{}', { 'content-type': 'application/json' })
      expect([json.statusCode, json.json<{ error: string }>().error]).toEqual([400, 'invalid_request'])
      expect((await app.post(`${path}?token=x`, { ...api(), token: 'x' })).statusCode).toBe(400)
      expect((await app.post(path, api())).json()).toMatchObject({ error: 'invalid_request' })
    }
  })

  it('want a client assertion', async () => {
    for (const path of paths) expect((await app.post(path, { token: 'x' })).statusCode).toBe(401)
  })

  it('tell the journal how each request ended', async () => {
    await app.post('/connect/introspect', { ...api(), token: 'x' })
    await app.post('/connect/revocation', { token: 'x' })
    expect(app.ends).toEqual(['introspection done', 'revocation invalid_client'])
  })
})
