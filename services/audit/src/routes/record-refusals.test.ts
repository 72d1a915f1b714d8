import { afterEach, describe, expect, it } from '@jest/globals'
import type { FastifyInstance } from 'fastify'
import { OAuthError } from '@tillit/oauth'
import { createHttp, createLogger, uuid7 } from '@tillit/service-kit'
import { fakeStore } from '../store/store.fake.js'
import { recordRefusals } from './record-refusals.js'

let open: FastifyInstance | undefined
afterEach(() => open?.close())

const REFUSED = 'no.tillit.request.refused.v1'

function setUp() {
  const log = createLogger({ service: 'audit', instance: 'a', level: 'silent', environment: 'test' })
  const http = createHttp({ config: { ISSUER: 'https://issuer.example' }, log, problemJson: true })
  const store = fakeStore()
  let n = 0
  const identity = { source: '/s', producer: 'audit/a', epoch: 'e', stream: 'AUDIT_OWN' }
  const own = { ...identity, newId: () => uuid7(Date.now()), timeOf: () => Date.now(), next: () => (n += 1) }
  const part = recordRefusals(http, { events: store.events, own, type: REFUSED, log, now: () => 1_000 })
  const access = { caller: 'public', limit: 'none', audit: 'none' } as const
  http.get('/refuse', { config: { access } }, () => {
    throw new OAuthError('invalid_token', 'no')
  })
  http.get('/fail', { config: { access } }, () => {
    throw new Error('ours')
  })
  open = http
  return { http, store, part }
}

describe('recordRefusals', () => {
  it('keeps a thousand refused requests as one event with a count', async () => {
    const { http, store, part } = setUp()
    for (let i = 0; i < 1_000; i += 1) await http.inject(`/refuse?jti=secret${i}`)
    await part.flush?.()
    expect(store.records.map(({ type }) => type)).toEqual([REFUSED])
    const body = JSON.parse(store.records[0]?.body ?? '') as { data: object }
    const first = '1970-01-01T00:00:01.000Z'
    const data = { endpoint: '/refuse', error: 'invalid_token', cause: 'http 401', count: 1_000, first, last: first }
    expect(body.data).toEqual(data)
  })

  it('does not count our own faults', async () => {
    const { http, store, part } = setUp()
    await http.inject('/fail')
    await part.flush?.()
    expect(store.records).toEqual([])
  })

  it('waits for the database and loses no count', async () => {
    const { http, store, part } = setUp()
    store.setAway(true)
    await http.inject('/refuse')
    await part.flush?.()
    store.setAway(false)
    await http.inject('/refuse')
    await part.flush?.()
    expect(store.records).toHaveLength(1)
    expect(store.records[0]?.body).toContain('"count":2')
  })
})
