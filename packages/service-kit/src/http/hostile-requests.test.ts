import { afterEach, describe, expect, it } from '@jest/globals'
import type { FastifyInstance } from 'fastify'
import { access, app, closeApps, form, post, rawRequest } from './http.fixture.js'

afterEach(closeApps)

describe('content types and bodies', () => {
  function echo(): FastifyInstance {
    const { http } = app({ bodyLimit: 1_000 })
    http.post('/connect/token', { config: { access } }, (request) => ({ body: request.body }))
    http.post('/json', { config: { access } }, (request) => ({ body: request.body }))
    return http
  }

  it('hands a form over as it came, and JSON as an object', async () => {
    const http = echo()
    expect((await http.inject(post('/connect/token', form, 'a=1&a=2'))).json()).toEqual({ body: 'a=1&a=2' })
    const json = await http.inject(post('/json', { 'content-type': 'application/json; charset=utf-8' }, '{"a":1}'))
    expect(json.json()).toEqual({ body: { a: 1 } })
  })

  it.each([
    'application/json\ta',
    'application/json ; charset=latin1',
    'application/jsonx',
    'application/json; charset=utf-8; x=y',
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/json, text/plain',
  ])('I01 %s is 415, and the handler is not reached', async (type) => {
    const answer = await echo().inject(post('/json', { 'content-type': type }, '{"a":1}'))
    expect(answer.statusCode).toBe(415)
    expect(answer.json()).toMatchObject({ error: 'invalid_request' })
  })

  it('a wrong content type at the token endpoint is invalid_request (helseid.md, section 1)', async () => {
    const answer = await echo().inject(post('/connect/token', { 'content-type': 'text/plain' }, 'a=1'))
    expect([answer.statusCode, answer.json<{ error: string }>().error]).toEqual([400, 'invalid_request'])
  })

  it.each(['{"a":1,"a":2}', '[]', '"x"', '{', '', '{"__proto__":{"x":1}}', '{"a":'.repeat(60) + '1' + '}'.repeat(60)])(
    'JSON %s is refused',
    async (payload) => {
      const answer = await echo().inject(post('/json', { 'content-type': 'application/json' }, payload))
      expect(answer.statusCode).toBe(400)
    },
  )

  it('a body over the limit is 413', async () => {
    const answer = await echo().inject(
      post('/json', { 'content-type': 'application/json' }, `{"a":"${'x'.repeat(2_000)}"}`),
    )
    expect([answer.statusCode, answer.json<{ error: string }>().error]).toEqual([413, 'invalid_request'])
  })
})

describe('paths and methods', () => {
  function paths(): FastifyInstance {
    const { http } = app()
    for (const url of ['/admin', '/admin/v1/clients/:id']) http.get(url, { config: { access } }, () => 'reached')
    http.post('/connect/token', { config: { access } }, () => 'reached')
    return http
  }

  it.each([
    '/admin;x/',
    '/admin;x',
    '//admin',
    '/%2fadmin',
    '/%2Fadmin',
    '/admin/v1/clients/a%2fb',
    '/admin/v1/clients/a%5cb',
    '/admin/v1/clients/..%2f..',
    '/admin/v1/clients/%2e%2e',
    '/admin/',
    '/ADMIN',
    '/admin\\',
    '/nothing',
    'http://evil.example/admin',
  ])('I04 %s is 404', async (url) => {
    const raw = await rawRequest(paths(), `GET ${url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    expect(raw).toMatch(/^HTTP\/1\.1 404 /)
    expect(raw).not.toContain('reached')
  })

  it('a query string may hold what a path may not', async () => {
    expect((await paths().inject('/admin?x=a%2fb;c//d')).body).toBe('reached')
  })

  it('a known path with another method is 405 with Allow', async () => {
    const answer = await paths().inject({ method: 'DELETE', url: '/admin/v1/clients/x' })
    expect([answer.statusCode, answer.headers['allow']]).toEqual([405, 'GET, HEAD'])
  })

  it('at the token endpoint a wrong method is invalid_request (helseid.md, section 1)', async () => {
    const answer = await paths().inject('/connect/token')
    expect([answer.statusCode, answer.headers['allow']]).toEqual([400, 'POST'])
    expect(answer.json()).toMatchObject({ error: 'invalid_request' })
  })
})

describe('hostile connections', () => {
  const ping = (): FastifyInstance => {
    const { http } = app()
    http.post('/p', { config: { access } }, (request) => ({
      ip: request.ip,
      host: request.host,
      proto: request.protocol,
    }))
    return http
  }

  it.each([
    ['TE and CL', 'POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n'],
    ['two CLs', 'POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!'],
    ['a bare LF', 'POST /p HTTP/1.1\nHost: x\nContent-Length: 0\n\n'],
    ['an obsolete fold', 'POST /p HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n'],
  ])('I02 %s: 400, and the connection is closed', async (_what, request) => {
    expect(await rawRequest(ping(), request)).toMatch(/^HTTP\/1\.1 400 [^]*connection: close/i)
  })

  it('headers over 16 kB are 431', async () => {
    const head = `GET /p HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(17_000)}\r\n\r\n`
    expect(await rawRequest(ping(), head)).toMatch(/^HTTP\/1\.1 431 /)
  })

  it('I03 forwarding headers are ignored', async () => {
    const headers = { 'x-forwarded-for': '6.6.6.6', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'ftp' }
    const answer = await ping().inject({ method: 'POST', url: '/p', headers })
    expect(answer.json()).toEqual({ ip: '127.0.0.1', host: 'localhost:80', proto: 'http' })
  })
})
