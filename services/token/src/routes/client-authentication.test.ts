import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { LightMyRequestResponse } from 'fastify'
import { assertion, authentication, ISSUER, proof, SECONDS } from '../domain/issuing.fixture.js'
import { client, clientKey, ecKey, flags } from '../domain/registry.fixture.js'
import { testApp, type TestApp } from './routes.fixture.js'

let app: TestApp
beforeEach(async () => {
  app = await testApp()
})
afterEach(() => app.http.close())

const PATH = '/connect/token'
const members = (): Record<string, string> => ({ grant_type: 'client_credentials', ...authentication() })
type Change = Readonly<Record<string, string | string[] | undefined>>
function token(change: Change = {}, headers: Record<string, string | string[]> = {}): Promise<LightMyRequestResponse> {
  return app.post(PATH, { ...members(), ...(change as Record<string, string | undefined>) }, headers)
}
function withAssertion(parts: Parameters<typeof assertion>[0]): Promise<LightMyRequestResponse> {
  return token({ client_assertion: assertion(parts) })
}
function refused(answer: LightMyRequestResponse, status: number, error: string): void {
  const body = answer.json<Record<string, string>>()
  expect([answer.statusCode, body['error']]).toEqual([status, error])
  expect(body['error_description']?.length).toBeGreaterThan(20)
  expect(answer.headers['content-type']).toMatch(/^application\/json/)
  expect(answer.headers['cache-control']).toContain('no-store')
  expect(answer.headers['dpop-nonce']).toBeUndefined()
}
const invalidClient = (answer: LightMyRequestResponse): void => refused(answer, 401, 'invalid_client')

describe('client authentication at the token endpoint', () => {
  it('B01 B02 refuses other audiences and arrays', async () => {
    for (const aud of [
      `${ISSUER}/connect/token`,
      `${ISSUER}/`,
      [ISSUER],
      [ISSUER, 'x'],
      'https://other.example',
      undefined,
    ]) {
      invalidClient(await withAssertion({ claims: { aud } }))
    }
  })

  it('B01 takes the old audience under the flag, and never an array', async () => {
    app.deps.registry.add(client({ flags: flags({ legacyAssertionAudience: true }) }))
    expect((await withAssertion({ claims: { aud: `${ISSUER}/connect/token` } })).statusCode).toBe(200)
    invalidClient(await withAssertion({ claims: { aud: [`${ISSUER}/connect/token`] } }))
  })

  it('B03 one assertion is one token', async () => {
    const form = members()
    const answers = await Promise.all(Array.from({ length: 8 }, () => app.post(PATH, form, { dpop: proof() })))
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 401, 401, 401, 401, 401, 401, 401])
  })

  it('B04 E06 refuses lifetimes too long, and times that are missing or no numbers', async () => {
    for (const claims of [
      { exp: SECONDS + 61 },
      { exp: SECONDS },
      { exp: undefined },
      { exp: String(SECONDS + 30) },
      { exp: -1 },
      { exp: 1e308 },
      { jti: undefined },
      { jti: '' },
      { iat: undefined },
    ]) {
      invalidClient(await withAssertion({ claims }))
    }
    expect((await withAssertion({ claims: { iat: `${SECONDS}` } })).statusCode).toBe(200)
  })

  it('B05 refuses iss, sub or client_id that differ', async () => {
    invalidClient(await withAssertion({ claims: { iss: 'journal-api' } }))
    invalidClient(await withAssertion({ claims: { sub: 'journal-api' } }))
    invalidClient(await token({ client_id: 'journal-api' }))
  })

  it('B06 takes iat 10 s ahead and refuses 61 s', async () => {
    expect((await withAssertion({ claims: { iat: SECONDS + 10 } })).statusCode).toBe(200)
    invalidClient(await withAssertion({ claims: { iat: SECONDS + 61, exp: SECONDS + 65 } }))
  })

  it('B07 refuses HS256 keyed with the public key, and none', async () => {
    const pem = JSON.stringify(clientKey.jwk)
    const [, payload = ''] = assertion().split('.')
    const encode = (header: object): string => Buffer.from(JSON.stringify(header)).toString('base64url')
    const input = `${encode({ alg: 'HS256' })}.${payload}`
    const mac = createHmac('sha256', pem).update(input).digest('base64url')
    invalidClient(await token({ client_assertion: `${input}.${mac}` }))
    invalidClient(await token({ client_assertion: `${encode({ alg: 'none' })}.${payload}.` }))
  })

  it('B08 uses no key from the header', async () => {
    const key = ecKey()
    for (const header of [
      { jwk: key.jwk },
      { jku: 'http://127.0.0.1:9/' },
      { x5u: 'http://127.0.0.1:9/' },
      { x5c: ['MII'] },
    ]) {
      invalidClient(await withAssertion({ header, key }))
    }
  })

  it('B09 refuses odd kids', async () => {
    for (const kid of ['../../etc/passwd', "' or 1=1; --", '__proto__', 'constructor', 'k'.repeat(10_000)]) {
      invalidClient(await withAssertion({ header: { kid }, key: ecKey() }))
    }
  })

  it('B11 refuses crit, b64 and base64url that is padded or spaced', async () => {
    invalidClient(await withAssertion({ header: { crit: ['exp'] } }))
    invalidClient(await withAssertion({ header: { b64: false } }))
    const [header, payload, signature] = assertion().split('.') as [string, string, string]
    for (const text of [
      `${header}=.${payload}.${signature}`,
      `${header}.${payload}.${signature}==`,
      `${header}.${payload}. ${signature}`,
    ]) {
      invalidClient(await token({ client_assertion: text }))
    }
  })

  it('B12 refuses other kinds of token', async () => {
    invalidClient(await token({ client_assertion: proof() }))
    const own = (await token()).json<{ access_token: string }>().access_token
    invalidClient(await token({ client_assertion: own }))
    for (const typ of ['at+jwt', 'dpop+jwt', 'logout+jwt']) invalidClient(await withAssertion({ header: { typ } }))
  })

  it('B13 refuses two methods', async () => {
    refused(await token({ client_secret: 'x' }), 400, 'invalid_request')
    refused(await token({}, { authorization: 'Basic eDp5' }), 400, 'invalid_request')
  })

  it('E05 JSON with duplicate or dangerous members is refused and changes nothing', async () => {
    const [header, , signature] = assertion().split('.') as [string, string, string]
    for (const json of [
      '{"iss":"a","iss":"b"}',
      '{"__proto__":{"polluted":1}}',
      `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
    ]) {
      invalidClient(
        await token({ client_assertion: `${header}.${Buffer.from(json).toString('base64url')}.${signature}` }),
      )
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('E01 E02 an encrypted token is refused unopened', async () => {
    const jwe = Buffer.from('{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483648,"zip":"DEF"}').toString(
      'base64url',
    )
    invalidClient(await token({ client_assertion: `${jwe}.AAAA.AAAA.AAAA.AAAA` }))
  })

  it('429 with Retry-After when the client is over its rate (FK3)', async () => {
    app = await testApp({ rates: { take: () => 7 } })
    const answer = await token()
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([429, '7'])
    expect(answer.json<{ error: string }>().error).toEqual(expect.any(String))
  })
})
