import { beforeAll, describe, expect, it } from '@jest/globals'
import { decodeJwt, makeJws, makeKey, type Answer, type MachineClient } from '@tillit/testkit'
import { constellation, type TestConstellation } from '../support/constellation.js'
import { eventually } from '../support/eventually.js'
import { expectError } from '../support/expect.js'

let c: TestConstellation
let ehr: MachineClient
let api: MachineClient
const newToken = async (client = ehr): Promise<string> =>
  (await client.token({ form: { scope: 'granfjelldal:journal/read' } })).body['access_token'] as string
const introspect = (client: MachineClient, token: string, baseUrl?: string): Promise<Answer> =>
  client.post('/connect/introspect', { ...client.authentication(), token }, baseUrl === undefined ? {} : { baseUrl })
const revoke = (client: MachineClient, token: string): Promise<Answer> =>
  client.post('/connect/revocation', { ...client.authentication(), token })

beforeAll(async () => {
  c = await constellation()
  ehr = c.client('test-ehr')
  api = c.client('test-journal-api')
})

describe('introspection', () => {
  it("answers the API's introspection client with the token's facts", async () => {
    const token = await newToken()
    const { status, body } = await introspect(api, token)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      active: true,
      client_id: 'test-ehr',
      iss: c.issuer,
      aud: 'granfjelldal:journal',
      jti: decodeJwt(token).claims['jti'],
      cnf: { jkt: ehr.jkt },
    })
  })

  it('F09 answers anybody else {"active":false}, also for its own token', async () => {
    const token = await newToken()
    for (const client of [ehr, c.client('test-other')])
      expect((await introspect(client, token)).body).toEqual({ active: false })
  })

  it('F09 answers {"active":false} for what is no live token of ours', async () => {
    const token = await newToken()
    const { claims, header } = decodeJwt(token)
    const forged = makeJws(header, claims, makeKey().privateKey)
    for (const value of ['x', 'a.b.c', forged, token.slice(0, -2), `${token}A`, 'y'.repeat(9000)]) {
      const answer = await introspect(api, value)
      expect([200, 400, 413]).toContain(answer.status)
      if (answer.status === 200) expect(answer.body).toEqual({ active: false })
    }
  })

  it('needs a client assertion of its own', async () => {
    const answer = await api.post('/connect/introspect', { token: await newToken() })
    expect([400, 401]).toContain(answer.status)
  })

  it('without a token parameter is invalid_request', async () => {
    expectError(await api.post('/connect/introspect', { ...api.authentication() }), 400, 'invalid_request')
    expectError(await api.post('/connect/revocation', { ...api.authentication() }), 400, 'invalid_request')
  })
})

describe('revocation', () => {
  it('makes the token inactive on every replica', async () => {
    const token = await newToken()
    expect((await introspect(api, token)).body['active']).toBe(true)
    const answer = await revoke(ehr, token)
    expect(answer.status).toBe(200)
    for (const baseUrl of c.tokens)
      await eventually(async () => (await introspect(api, token, baseUrl)).body['active'] === false, 5000)
  })

  it('is idempotent', async () => {
    const token = await newToken()
    expect((await revoke(ehr, token)).status).toBe(200)
    expect((await revoke(ehr, token)).status).toBe(200)
  })

  it("F09 of another client's token answers 200 without effect", async () => {
    const token = await newToken()
    expect((await revoke(c.client('test-other'), token)).status).toBe(200)
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect((await introspect(api, token)).body['active']).toBe(true)
  })

  it('of a forged or unknown token answers 200 without effect', async () => {
    const token = await newToken()
    const { claims, header } = decodeJwt(token)
    expect((await revoke(ehr, makeJws(header, claims, makeKey().privateKey))).status).toBe(200)
    expect((await revoke(ehr, 'nonsense')).status).toBe(200)
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect((await introspect(api, token)).body['active']).toBe(true)
  })
})
