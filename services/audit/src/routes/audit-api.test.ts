import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it } from '@jest/globals'
import type { FastifyInstance } from 'fastify'
import { timeOfUuidV7 } from '@tillit/oauth'
import { createHttp, createLogger, TokenBucket, uuid7 } from '@tillit/service-kit'
import { aRecord } from '../domain/record.fixture.js'
import { fakeStore } from '../store/store.fake.js'
import { auditApi } from './audit-api.js'

let open: FastifyInstance | undefined
afterEach(() => open?.close())

const INTENT = 'no.tillit.token.intent.v1'
const READ = 'no.tillit.audit.read.v1'

/** The API with a caller that is verified already: what `protectedApi` does has its own tests. */
function setUp(burst = 100) {
  const log = createLogger({ service: 'audit', instance: 'a', level: 'silent', environment: 'test' })
  const http = createHttp({ config: { ISSUER: 'https://issuer.example' }, log, problemJson: true })
  http.decorate('protectedApi', true)
  http.addHook('onRequest', (request, _reply, done) => {
    request.caller = { clientId: 'operator', scopes: ['tillit:audit/read'], jti: 't1', orgnrParent: '999977774' }
    done()
  })
  const store = fakeStore()
  let n = 0
  auditApi(http, {
    events: store.events,
    gaps: store.gaps,
    own: {
      source: '/tillit/test/audit',
      producer: 'audit/a',
      epoch: 'e',
      stream: 'AUDIT_READS',
      newId: () => uuid7(Date.now()),
      timeOf: (id) => timeOfUuidV7(id) ?? 0,
      next: () => (n += 1),
    },
    limit: new TokenBucket({ perSecond: 1, burst, now: Date.now }),
    intentType: INTENT,
    readType: READ,
    now: Date.now,
  })
  open = http
  const get = async (url: string) => {
    const answer = await http.inject({ method: 'GET', url })
    const body: unknown = answer.json()
    return { status: answer.statusCode, headers: answer.headers, body: body as Record<string, unknown> }
  }
  return { store, get }
}

describe('GET /audit/v1/events', () => {
  it('tells issued from unsigned intents', async () => {
    const { store, get } = setUp()
    const [epoch, clientId] = [randomUUID(), 'ehr']
    const about = { epoch, stream: 'ISSUANCE_0', n: 2 }
    const outcome = { epoch, n: 3, type: 'no.tillit.token.outcome.v1', about, data: { reason: 'deadline' } }
    const records = [aRecord({ epoch, n: 1, clientId }), aRecord({ epoch, n: 2, clientId }), aRecord(outcome)]
    await store.events.save({ records, malformed: [] })
    const { status, body } = await get('/audit/v1/events?clientId=ehr')
    expect(status).toBe(200)
    const shown = new Map((body['events'] as { n: number; issued: boolean }[]).map((one) => [one.n, one]))
    expect(shown.get(1)).toMatchObject({ issued: true, stream: 'ISSUANCE_0', brokerStream: 'ISSUANCE_0', data: {} })
    expect(shown.get(2)).toMatchObject({ issued: false, unsignedReason: 'deadline' })
    expect(body).not.toHaveProperty('next')
  })

  it('pages by cursor to the end', async () => {
    const { store, get } = setUp()
    const records = Array.from({ length: 5 }, () => aRecord({ clientId: 'ehr' }))
    await store.events.save({ records, malformed: [] })
    const seen: string[] = []
    let next = ''
    do {
      const { body } = await get(`/audit/v1/events?clientId=ehr&limit=2${next && `&cursor=${next}`}`)
      seen.push(...(body['events'] as { id: string }[]).map(({ id }) => id))
      next = (body['next'] as string | undefined) ?? ''
    } while (next !== '')
    expect(seen).toEqual(
      records
        .map(({ id }) => id)
        .sort()
        .reverse(),
    )
  })

  it('every read is an event, kept before anything is read', async () => {
    const { store, get } = setUp()
    await get('/audit/v1/events?clientId=someone&jti=abc')
    await get('/audit/v1/gaps?state=open')
    expect(store.records.map(({ type, clientId, organisations, n }) => [type, clientId, organisations, n])).toEqual([
      [READ, 'operator', ['999977774'], 1],
      [READ, 'operator', ['999977774'], 2],
    ])
    const [first] = store.records
    expect(JSON.parse(first?.body ?? '')).toMatchObject({
      type: READ,
      producer: 'audit/a',
      data: { clientId: 'operator', tokenJti: 't1', of: 'events', query: { clientId: 'someone', jti: 'abc' } },
    })
  })

  it('shows nothing when the read cannot be recorded: 503 with Retry-After while the database is away', async () => {
    const { store, get } = setUp()
    store.setAway(true)
    for (const path of ['/audit/v1/events', '/audit/v1/gaps']) {
      const { status, headers, body } = await get(path)
      expect([status, body['error'], Number(headers['retry-after'])]).toEqual([503, 'temporarily_unavailable', 2])
    }
  })

  it('I06 refuses what is no value with problem details, and records no read', async () => {
    const { store, get } = setUp()
    for (const query of ['limit=5000', 'clientId[contains]=', 'clientId=a&clientId=b', 'jti=%27%3B--', 'x=1']) {
      const { status, headers, body } = await get(`/audit/v1/events?${query}`)
      expect([status, body['error']]).toEqual([400, 'invalid_request'])
      expect(headers['content-type']).toMatch(/^application\/problem\+json/)
    }
    expect(store.records).toEqual([])
  })

  it('limits each client', async () => {
    const { get } = setUp(2)
    const answers = [await get('/audit/v1/gaps'), await get('/audit/v1/events'), await get('/audit/v1/events')]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429])
    expect(answers[2]?.headers['retry-after']).toBe('1')
  })
})

describe('GET /audit/v1/gaps', () => {
  it('lists alarms with their times', async () => {
    const { store, get } = setUp()
    const key = { producer: 'signing-key/a', epoch: 'e', stream: 'ISSUANCE_0' }
    const alarm = {
      ...key,
      id: uuid7(Date.now()),
      kind: 'missing' as const,
      from: 2,
      to: 3,
      noticedMs: 0,
      alarmedMs: 60_000,
    }
    const nothing = { readings: [], checked: [], holes: [], filled: [], silenced: [], returned: [] }
    await store.gaps.sweep(() => ({ ...nothing, alarms: [alarm] }))
    expect((await get('/audit/v1/gaps')).body).toEqual({
      gaps: [
        {
          ...key,
          id: alarm.id,
          kind: 'missing',
          from: 2,
          to: 3,
          noticedAt: '1970-01-01T00:00:00.000Z',
          alarmedAt: '1970-01-01T00:01:00.000Z',
        },
      ],
    })
  })
})
