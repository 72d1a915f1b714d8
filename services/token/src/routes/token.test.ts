import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { LightMyRequestResponse } from 'fastify'
import { assertion, authentication, formText, NONCE, proof } from '../domain/issuing.fixture.js'
import { ecKey } from '../domain/registry.fixture.js'
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

describe('POST /connect/token', () => {
  it('T2 T3 answers with access_token, token_type DPoP, integer expires_in and scope, not to be stored', async () => {
    const answer = await token()
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      token_type: 'DPoP',
      expires_in: 600,
      scope: 'granfjelldal:journal/read granfjelldal:journal/write',
    })
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' })
    expect(answer.headers['content-type']).toMatch(/^application\/json/)
    expect(answer.headers['dpop-nonce']).toBeUndefined()
    expect(app.ends).toEqual(['token done'])
  })

  it('I01 takes one content type only', async () => {
    for (const type of [
      'application/json',
      'application/x-www-form-urlencoded\ta',
      'application/x-www-form-urlencoded; charset=utf-16',
      'multipart/form-data; boundary=x',
      'text/plain',
    ]) {
      refused(await token({}, { 'content-type': type }), 400, 'invalid_request')
    }
    const utf8 = { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' }
    expect((await token({}, utf8)).statusCode).toBe(200)
    const none = await app.http.inject({ method: 'POST', url: PATH })
    refused(none, 400, 'invalid_request')
  })

  it('a wrong method is invalid_request', async () => {
    for (const method of ['GET', 'PUT', 'DELETE'] as const) {
      refused(await app.http.inject({ method, url: PATH }), 400, 'invalid_request')
    }
  })

  it('A19 refuses duplicated parameters and query parameters', async () => {
    const text = formText(members())
    refused(await app.post(PATH, `${text}&client_id=ehr`), 400, 'invalid_request')
    refused(await app.post(`${PATH}?scope=x`, text), 400, 'invalid_request')
  })

  it('E04 a body of more than 64 kB is 413', async () => {
    const answer = await token({ client_assertion: 'a'.repeat(70_000) })
    expect(answer.statusCode).toBe(413)
    expect(app.ends).toEqual(['token FST_ERR_CTP_BODY_TOO_LARGE'])
  })

  it('E07 long adversarial text in any field is refused (backtracking would outlast the time limit of a test)', async () => {
    const text = `${'a '.repeat(10_000)}!`
    for (const name of ['scope', 'resource', 'client_id', 'grant_type', 'client_assertion_type', 'client_assertion']) {
      const { statusCode } = await token({ [name]: text })
      expect([400, 401]).toContain(statusCode)
    }
  })

  it('unexpected faults are server_error that says nothing of the inside', async () => {
    app = await testApp({ newJti: () => { throw new TypeError('secret detail at /path') } }) // prettier-ignore
    const answer = await token()
    expect(answer.statusCode).toBe(500)
    expect(answer.json()).toMatchObject({ error: 'server_error' })
    expect(answer.body).not.toContain('secret detail')
  })

  it('no token, assertion or proof reaches the log', async () => {
    const sent = { client_assertion: assertion({ key: ecKey() }) }
    const dpop = proof()
    await token(sent, { dpop })
    await token({}, { dpop: proof({ claims: { nonce: 'stale' } }) })
    const text = JSON.stringify(app.lines)
    for (const secret of [sent.client_assertion, dpop]) expect(text).not.toContain(secret.slice(-40))
  })
})

describe('DPoP at the token endpoint', () => {
  it('T1 D03 a challenge is the only answer with DPoP-Nonce', async () => {
    const answer = await token({}, { dpop: proof({ claims: { nonce: undefined } }) })
    expect([answer.statusCode, answer.json<{ error: string }>().error]).toEqual([400, 'use_dpop_nonce'])
    expect(answer.headers['dpop-nonce']).toBe(NONCE)
  })

  it('D06 two headers are refused', async () => {
    refused(await token({}, { dpop: [proof(), proof()] }), 400, 'invalid_dpop_proof')
  })

  it('a missing proof is refused, naming the flag', async () => {
    const answer = await app.http.inject({
      method: 'POST',
      url: PATH,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: formText(members()),
    })
    refused(answer, 400, 'invalid_dpop_proof')
    expect(answer.body).toContain('allowBearer')
  })
})

describe('organisation structures', () => {
  it('both names with different content are invalid_request; the same content passes', async () => {
    const detail = { type: 'nhn:sfm:journal-id', value: { journal_id: '0b2b8a4e-7d6e-4cbb-9d0b-3a2f6f2b1c11' } }
    const claims = { assertion_details: detail, authorization_details: [detail] }
    expect((await withAssertion({ claims })).statusCode).toBe(200)
    refused(await withAssertion({ claims: { ...claims, authorization_details: [] } }), 400, 'invalid_request')
  })

  it('F06 anything but nine ASCII digits is HID-1004', async () => {
    for (const value of ['99997777', '9999777766', '９９９９７７７７６', ' 999977776', '']) {
      const identifier = { system: 'urn:oid:2.16.578.1.12.4.1.4.101', type: 'ENH', value }
      const claims = {
        assertion_details: { type: 'helseid_authorization', practitioner_role: { organization: { identifier } } },
      }
      const answer = await withAssertion({ claims })
      refused(answer, 400, 'invalid_authorization_details')
      expect(answer.json<{ error_description: string }>().error_description).toMatch(/^HID-1004/)
    }
  })
})
