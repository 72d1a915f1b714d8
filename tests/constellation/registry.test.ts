import { beforeAll, describe, expect, it } from '@jest/globals'
import { makeKey, type MachineClient } from '@tillit/testkit'
import { admin, auditEvents, operatorToken } from '../support/audit.js'
import { constellation, type TestConstellation } from '../support/constellation.js'
import { eventually } from '../support/eventually.js'
import { FJORDVIK, GRANFJELLDAL, SUPPLIER } from '../support/seed.js'

let c: TestConstellation
let operator: MachineClient
beforeAll(async () => {
  c = await constellation()
  operator = c.client('test-operator')
})

const newClient = (
  clientId: string,
  jwk: Record<string, unknown>,
  rest: Record<string, unknown> = {},
): Record<string, unknown> => ({
  clients: [
    {
      clientId,
      clientName: clientId,
      organisation: GRANFJELLDAL,
      tenancy: 'single-tenant',
      childOrganizationNumbers: [],
      grantTypes: ['client_credentials'],
      scopes: ['granfjelldal:journal/read'],
      keys: [{ jwk }],
      ...rest,
    },
  ],
})

describe('the registry', () => {
  it('F02 withdraws a delegation: the supplier is refused on every replica, and served again after', async () => {
    const saas = c.client('test-saas')
    const claims = {
      assertion_details: {
        type: 'helseid_authorization',
        practitioner_role: {
          organization: { identifier: { system: 'urn:oid:1.0.6523', type: 'ENH', value: `NO:ORGNR:${FJORDVIK}` } },
        },
      },
    }
    const ask = (baseUrl: string): ReturnType<MachineClient['token']> =>
      saas.token({ assertion: { claims }, form: { scope: 'granfjelldal:journal/read' }, baseUrl })
    for (const baseUrl of c.tokens) expect((await ask(baseUrl)).status).toBe(200)
    expect(
      (
        await admin(operator, ['PUT', `/delegations/${SUPPLIER}/${FJORDVIK}/status`], {
          status: 'deactivated',
          reason: 'test',
        })
      ).status,
    ).toBe(200)
    for (const baseUrl of c.tokens)
      await eventually(async () => (await ask(baseUrl)).body['error'] === 'invalid_authorization_details', 5000)
    expect(
      (
        await admin(operator, ['PUT', `/delegations/${SUPPLIER}/${FJORDVIK}/status`], {
          status: 'active',
          reason: 'test',
        })
      ).status,
    ).toBe(200)
    for (const baseUrl of c.tokens) await eventually(async () => (await ask(baseUrl)).status === 200, 5000)
  })

  it('deactivates a client and its organisation: no token, and introspection says inactive', async () => {
    const other = c.client('test-other')
    const token = (await other.token()).body['access_token'] as string
    const api = c.client('test-journal-api')
    const active = async (): Promise<unknown> =>
      (await api.post('/connect/introspect', { ...api.authentication(), token })).body['active']
    expect(await active()).toBe(true)
    expect(
      (await admin(operator, ['PUT', '/clients/test-other/status'], { status: 'deactivated', reason: 'test' })).status,
    ).toBe(200)
    for (const baseUrl of c.tokens)
      await eventually(async () => (await other.token({ baseUrl })).body['error'] === 'invalid_client', 5000)
    await eventually(async () => (await active()) === false, 5000)
    expect(
      (await admin(operator, ['PUT', '/clients/test-other/status'], { status: 'active', reason: 'test' })).status,
    ).toBe(200)
    await eventually(async () => (await other.token()).status === 200, 5000)
  })

  it('imports a client that works at once, and the change is in the audit log', async () => {
    const key = makeKey()
    const answer = await admin(operator, ['POST', '/import'], newClient('test-imported', key.jwk))
    expect(answer.status).toBe(200)
    const imported = c.client('test-imported', { key })
    await eventually(async () => (await imported.token()).status === 200, 5000)
    await eventually(
      async () => (await auditEvents(operator, 'clientId=test-imported&type=no.tillit.registry.changed.v1')).length > 0,
    )
  })

  it('E03 refuses weak keys and points off the curve', async () => {
    const good = makeKey().jwk
    for (const jwk of [
      makeKey('RS256', 1024).jwk,
      { ...good, y: good['x'] },
      { kty: 'oct', k: 'AAAA' },
      { ...good, d: good['x'] },
    ]) {
      const answer = await admin(operator, ['POST', '/import'], newClient('test-weak', jwk))
      expect(answer.status).toBe(400)
      expect(JSON.stringify(answer.body)).toMatch(/invalid_client_metadata|key|jwk/i)
    }
  })

  it('B10 refuses a jwks_uri', async () => {
    const answer = await admin(
      operator,
      ['POST', '/import'],
      newClient('test-uri', makeKey().jwk, { jwks_uri: 'http://127.0.0.1:1/jwks' }),
    )
    expect(answer.status).toBe(400)
    expect(JSON.stringify(answer.body)).toContain('jwks_uri')
  })

  it('refuses a key that another client has', async () => {
    const answer = await admin(
      operator,
      ['POST', '/import'],
      newClient('test-shared', c.client('test-ehr').options.key.jwk),
    )
    expect([400, 409]).toContain(answer.status)
  })

  it('F08 refuses members that are not its own, and I06 operator objects', async () => {
    for (const body of [
      { status: 'deactivated', reason: 'x', isAdmin: true },
      { status: { contains: '' }, reason: 'x' },
      { status: 'gone', reason: 'x' },
      "'; --",
    ]) {
      const answer = await admin(operator, ['PUT', '/clients/test-ehr/status'], body)
      expect(answer.status).toBe(400)
    }
    expect((await c.client('test-ehr').token()).status).toBe(200)
  })

  it('needs the write scope to write, and a token to read', async () => {
    const token = await operatorToken(operator, 'tillit:registry/read')
    const body = JSON.stringify({ status: 'deactivated', reason: 'x' })
    const init = { method: 'PUT', body, headers: { 'content-type': 'application/json' } }
    expect((await operator.callApi(`${c.issuer}/admin/v1/clients/test-ehr/status`, token, init)).status).toBe(403)
    expect((await operator.send('/admin/v1/clients/test-ehr')).status).toBe(401)
    expect((await operator.callApi(`${c.issuer}/admin/v1/clients/test-ehr`, token)).status).toBe(200)
    expect((await operator.callApi(`${c.issuer}/admin/v1/clients/nobody`, token)).status).toBe(404)
  })
})
