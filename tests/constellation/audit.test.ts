import { beforeAll, describe, expect, it } from '@jest/globals'
import { decodeJwt, type MachineClient } from '@tillit/testkit'
import { auditEvents, operatorToken } from '../support/audit.js'
import { constellation, type TestConstellation } from '../support/constellation.js'
import { eventually } from '../support/eventually.js'

let c: TestConstellation
let ehr: MachineClient
let operator: MachineClient
beforeAll(async () => {
  c = await constellation()
  ehr = c.client('test-ehr')
  operator = c.client('test-operator')
})

describe('audit', () => {
  it('holds the intent of a token, with what the decision was made from', async () => {
    const answer = await ehr.token({ form: { scope: 'granfjelldal:journal/read' } })
    const { claims, header } = decodeJwt(answer.body['access_token'] as string)
    const [event] = await eventually(async () => {
      const events = await auditEvents(operator, `jti=${String(claims['jti'])}`)
      return events.length > 0 && events
    })
    expect(event).toMatchObject({
      type: 'no.tillit.token.intent.v1',
      issued: true,
      stream: expect.stringMatching(/^ISSUANCE_\d+$/),
    })
    expect(event?.data).toMatchObject({
      requester: 'token',
      clientId: 'test-ehr',
      aud: 'granfjelldal:journal',
      scope: ['granfjelldal:journal/read'],
      iat: claims['iat'],
      exp: claims['exp'],
      kid: header['kid'],
      jkt: ehr.jkt,
      orgnrParent: '999977774',
    })
    expect(event?.data['inputs']).toMatchObject({ grant: 'client_credentials', revisions: expect.any(Object) })
  })

  it('shows a refused replay, and keeps the sequence of its producer without a gap', async () => {
    const victim = c.client('test-victim')
    const rawAssertion = victim.assertion()
    await victim.token({ rawAssertion })
    await victim.token({ rawAssertion })
    await eventually(async () =>
      (await auditEvents(operator, 'clientId=test-victim&limit=200')).some(
        ({ type }) => type === 'no.tillit.assertion.replay-refused.v1',
      ),
    )
  })

  it('records failed requests, aggregated', async () => {
    const from = new Date().toISOString()
    for (let i = 0; i < 30; i += 1) await ehr.token({ assertion: { claims: { aud: 'https://wrong.example' } } })
    const refused = await eventually(async () => {
      const events = await auditEvents(
        operator,
        `clientId=test-ehr&type=no.tillit.request.refused.v1&from=${encodeURIComponent(from)}&limit=200`,
      )
      const count = events.reduce((sum, { data }) => sum + (data['count'] as number), 0)
      return count >= 30 && events
    })
    expect(refused.length).toBeLessThan(30)
  })

  it('answers by organisation and by time', async () => {
    const events = await eventually(async () => {
      const found = await auditEvents(
        operator,
        `organisation=999977774&from=${encodeURIComponent(new Date(Date.now() - 600_000).toISOString())}&limit=5`,
      )
      return found.length > 0 && found
    })
    expect(events.length).toBeLessThanOrEqual(5)
    expect(await auditEvents(operator, `to=${encodeURIComponent('2020-01-01T00:00:00Z')}`)).toEqual([])
  })

  it('I06 refuses filters that are no values, naming them', async () => {
    const token = await operatorToken(operator, 'tillit:audit/read')
    for (const query of [
      'limit=0',
      'limit=5000',
      'limit=x',
      'from=yesterday',
      'clientId[contains]=',
      'jti[]=x',
      'organisation=12',
      "unknown='; --",
      'cursor=%27--',
    ]) {
      const answer = await operator.callApi(`${c.issuer}/audit/v1/events?${query}`, token)
      expect(answer.status).toBe(400)
      expect(answer.headers['content-type']).toMatch(/application\/problem\+json/)
    }
  })

  it('pages by cursor without repeating', async () => {
    const token = await operatorToken(operator, 'tillit:audit/read')
    const page = async (cursor?: string): Promise<{ events: { id: string }[]; next?: string }> => {
      const answer = await operator.callApi(
        `${c.issuer}/audit/v1/events?limit=3${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
        token,
      )
      expect(answer.status).toBe(200)
      return answer.body as unknown as { events: { id: string }[]; next?: string }
    }
    const first = await page()
    const second = await page(first.next)
    expect(new Set([...first.events, ...second.events].map(({ id }) => id)).size).toBe(6)
  })

  it('every read is an event', async () => {
    await auditEvents(operator, 'clientId=read-me')
    await eventually(async () =>
      (await auditEvents(operator, 'type=no.tillit.audit.read.v1&limit=50')).some(({ data }) =>
        JSON.stringify(data).includes('read-me'),
      ),
    )
  })

  it('has no unexplained gap', async () => {
    const token = await operatorToken(operator, 'tillit:audit/read')
    const answer = await operator.callApi(`${c.issuer}/audit/v1/gaps`, token)
    expect([answer.status, answer.body['gaps']]).toEqual([200, []])
  })
})
