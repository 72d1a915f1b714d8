import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { decodeJwt, type Answer, type MachineClient } from '@tillit/testkit'
import { admin, auditEvents, operatorToken } from '../support/audit.js'
import { ownConstellation, type OwnConstellation } from '../support/constellation.js'
import { eventually } from '../support/eventually.js'

let c: OwnConstellation
let ehr: MachineClient
let operator: MachineClient
const token = (): Promise<Answer> => ehr.token({ form: { scope: 'granfjelldal:journal/read' } })
const expectUnavailable = (answer: Answer): void => {
  expect([answer.status, answer.body['error']]).toEqual([503, 'temporarily_unavailable'])
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  expect(answer.body['access_token']).toBeUndefined()
}
const jtiOf = (answer: Answer): string => String(decodeJwt(answer.body['access_token'] as string).claims['jti'])
const PROCESSES = ['token-1', 'token-2', 'signing-key-1', 'signing-key-2', 'client-registry-1', 'audit-1']
/** Every process is ready again by itself, and tokens come one after the other whichever replica serves. */
const issuing = (): Promise<unknown> =>
  eventually(async () => {
    for (const name of PROCESSES) if ((await c.ready(name)) !== 200) return false
    for (let i = 0; i < 6; i += 1) if ((await token()).status !== 200) return false
    return true
  }, 90_000)
const recorded = (jti: string): Promise<unknown> =>
  eventually(async () => (await auditEvents(operator, `jti=${jti}`)).some(({ issued }) => issued === true), 60_000)

beforeAll(async () => {
  c = await ownConstellation({ replicas: { token: 2, 'signing-key': 2 } })
  ehr = c.client('test-ehr')
  operator = c.client('test-operator')
  await issuing()
}, 120_000)
afterAll(() => c.stop(), 60_000)
// A test begins with everything well, so that one that fails does not take the others with it.
beforeEach(issuing, 120_000)

describe('NATS gone', () => {
  it('503 with Retry-After and no token; discovery and JWKS from memory; issuing again by itself', async () => {
    await c.supervisor.kill('nats')
    await eventually(async () => (await token()).status === 503, 30_000)
    expectUnavailable(await token())
    for (const path of ['/.well-known/openid-configuration', '/.well-known/openid-configuration/jwks'])
      expect((await ehr.send(path)).status).toBe(200)
    const introspection = await ehr.post('/connect/introspect', { ...ehr.authentication(), token: 'x' })
    expectUnavailable(introspection)
    await c.supervisor.startAgain('nats')
    await issuing()
    await recorded(jtiOf(await token()))
  }, 180_000)
})

describe('signing-key frozen', () => {
  it('503 within the deadline, nothing is issued late, and it goes on by itself', async () => {
    for (const name of ['signing-key-1', 'signing-key-2']) c.supervisor.signal(name, 'SIGSTOP')
    expectUnavailable(await token())
    const rawAssertion = ehr.assertion()
    expectUnavailable(await ehr.token({ rawAssertion }))
    for (const name of ['signing-key-1', 'signing-key-2']) c.supervisor.signal(name, 'SIGCONT')
    await issuing()
  }, 120_000)

  it('one of two frozen: the other serves', async () => {
    c.supervisor.signal('signing-key-1', 'SIGSTOP')
    try {
      await eventually(async () => {
        for (let i = 0; i < 10; i += 1) if ((await token()).status !== 200) return false
        return true
      }, 60_000)
    } finally {
      c.supervisor.signal('signing-key-1', 'SIGCONT')
    }
  }, 120_000)
})

describe('PostgreSQL gone', () => {
  it('machine tokens continue, APIs answer 503, a starting signing-key is not ready, records drain without loss', async () => {
    const bearer = await operatorToken(operator, 'tillit:audit/read')
    await c.supervisor.stop('postgres')
    const issued: string[] = []
    for (let i = 0; i < 10; i += 1) {
      const answer = await token()
      expect(answer.status).toBe(200)
      issued.push(jtiOf(answer))
    }
    const events = await operator.callApi(`${c.issuer}/audit/v1/events?limit=1`, bearer)
    expect(events.status).toBe(503)
    expect(Number(events.headers['retry-after'])).toBeGreaterThan(0)
    expect((await admin(operator, ['GET', '/clients/test-ehr'])).status).toBe(503)
    await c.supervisor.kill('signing-key-2')
    const starting = c.supervisor.startAgain('signing-key-2')
    await new Promise((resolve) => setTimeout(resolve, 2000))
    expect(await c.ready('signing-key-2')).toBe(503)
    expect((await token()).status).toBe(200)
    await c.supervisor.startAgain('postgres')
    await starting
    for (const jti of issued) await recorded(jti)
    await issuing()
    await eventually(async () => (await admin(operator, ['GET', '/clients/test-ehr'])).status === 200, 60_000)
  }, 240_000)
})

describe('audit gone', () => {
  it('issuance continues, and its records are read back after its return', async () => {
    await c.supervisor.kill('audit-1')
    const answers = await Promise.all(Array.from({ length: 20 }, token))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
    await c.supervisor.startAgain('audit-1')
    for (const answer of answers) await recorded(jtiOf(answer))
  }, 180_000)
})

describe('client-registry gone', () => {
  it('issuance continues from the read models', async () => {
    await c.supervisor.kill('client-registry-1')
    expect((await token()).status).toBe(200)
    await c.supervisor.startAgain('client-registry-1')
    await eventually(async () => (await admin(operator, ['GET', '/clients/test-ehr'])).status === 200, 60_000)
  }, 120_000)
})

describe('a token process killed under load', () => {
  it('no token without a record, and it recovers by itself', async () => {
    const issued: string[] = []
    let stop = false
    const worker = async (): Promise<void> => {
      while (!stop) {
        const answer = await token().catch(() => undefined)
        if (answer?.status === 200) issued.push(jtiOf(answer))
        else if (answer) expect([502, 503]).toContain(answer.status)
      }
    }
    const workers = Array.from({ length: 4 }, worker)
    await new Promise((resolve) => setTimeout(resolve, 500))
    await c.supervisor.kill('token-1')
    await new Promise((resolve) => setTimeout(resolve, 1000))
    await c.supervisor.startAgain('token-1')
    stop = true
    await Promise.all(workers)
    expect(issued.length).toBeGreaterThan(10)
    for (const jti of issued.slice(-20)) await recorded(jti)
  }, 180_000)
})
