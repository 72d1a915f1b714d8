import { connect } from 'node:net'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { formBody, type MachineClient } from '@tillit/testkit'
import { constellation, type TestConstellation } from '../support/constellation.js'
import { expectError } from '../support/expect.js'

let c: TestConstellation
let ehr: MachineClient
let replica = ''
beforeAll(async () => {
  c = await constellation()
  ehr = c.client('test-ehr')
  replica = c.tokens[0] as string
  expect((await ehr.token()).status).toBe(200)
})

/** Sends raw bytes to a replica and returns what comes back before it closes or two seconds pass. */
const raw = (bytes: string): Promise<string> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(replica)
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    let answer = ''
    socket.setTimeout(2000, () => socket.destroy())
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')))
    socket.on('error', () => resolve(answer))
    socket.on('close', () => resolve(answer))
  })
const post = (
  headers: Record<string, string | string[]>,
  body = formBody(ehr.authentication()),
): ReturnType<MachineClient['send']> => ehr.send('/connect/token', { method: 'POST', headers, body })

describe('content types and methods', () => {
  it('I01 anything but a clean form type is refused', async () => {
    for (const type of [
      'application/json',
      'application/x-www-form-urlencoded\ta',
      'application/x-www-form-urlencoded; charset=utf-16',
      'text/plain',
      'application/x-www-form-urlencodedx',
      'multipart/form-data; boundary=x',
    ]) {
      const answer = await post({ 'content-type': type })
      expectError(answer, 400, 'invalid_request')
    }
    expect((await post({})).status).toBe(400)
    expect(
      (await ehr.token({ headers: { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' } })).status,
    ).toBe(200)
  })

  it('I01 on a JSON endpoint it is 415', async () => {
    const operator = c.client('test-operator')
    const token = (await operator.token({ form: { scope: 'tillit:registry/write' } })).body['access_token'] as string
    for (const type of ['application/json\ta', 'text/plain', 'application/x-www-form-urlencoded']) {
      const url = `${c.issuer}/admin/v1/import`
      const answer = await operator.callApi(url, token, {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': type },
      })
      expect([type, answer.status]).toEqual([type, 415])
    }
  })

  it('a wrong method is invalid_request at the token endpoint and 405 elsewhere', async () => {
    expectError(await ehr.send('/connect/token'), 400, 'invalid_request')
    expect((await ehr.send('/.well-known/openid-configuration', { method: 'POST' })).status).toBe(405)
    expect((await ehr.send('/connect/introspect')).status).toBe(405)
  })

  it('A19 duplicated parameters and query parameters are refused', async () => {
    const form = formBody({ grant_type: 'client_credentials', ...ehr.authentication() })
    const headers = { 'content-type': 'application/x-www-form-urlencoded', dpop: ehr.proof() }
    expectError(await post(headers, `${form}&client_id=test-ehr`), 400, 'invalid_request')
    expectError(await post(headers, `${form}&scope=a&scope=a`), 400, 'invalid_request')
    expectError(
      await ehr.send('/connect/token?client_id=test-ehr', { method: 'POST', headers, body: form }),
      400,
      'invalid_request',
    )
  })

  it('an endpoint that is not advertised is 404', async () => {
    for (const path of [
      '/connect/authorize',
      '/connect/deviceauthorization',
      '/connect/ciba',
      '/',
      '/connect',
      '/metrics',
      '/healthz',
      '/readyz',
    ]) {
      expect((await ehr.send(path)).status).toBe(404)
    }
  })

  it('broken percent encoding, invalid UTF-8 and NUL are refused', async () => {
    const form = formBody({ grant_type: 'client_credentials', ...ehr.authentication() })
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    for (const tail of ['&scope=%zz', '&scope=%', '&scope=%ff%fe', '&%00=1', '&scope=%00']) {
      const answer = await post(headers, form + tail)
      expect(answer.status).toBe(400)
    }
  })
})

describe('sizes', () => {
  it('E04 a megabyte of JWT is 413 and 32 kB of headers 431', async () => {
    const big = await ehr.token({ rawAssertion: 'a'.repeat(1_000_000) })
    expect(big.status).toBe(413)
    const headers = await ehr
      .send('/.well-known/openid-configuration', { headers: { 'x-long': 'h'.repeat(32_768) } })
      .catch(() => undefined)
    const direct = await raw(
      `GET /.well-known/openid-configuration HTTP/1.1\r\nHost: x\r\nX-Long: ${'h'.repeat(32_768)}\r\n\r\n`,
    )
    expect(direct).toMatch(/^HTTP\/1\.1 431/)
    if (headers) expect(headers.status).toBe(431)
    expect((await ehr.token()).status).toBe(200)
  })

  it('E05 JSON that is deep, has duplicate members or __proto__ changes nothing', async () => {
    const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`
    const [header, , signature] = ehr.assertion().split('.') as [string, string, string]
    for (const claims of [
      `{"a":${deep}}`,
      '{"iss":"a","iss":"b"}',
      '{"__proto__":{"polluted":true}}',
      '{"constructor":{"prototype":{"polluted":true}}}',
    ]) {
      const payload = Buffer.from(claims).toString('base64url')
      const answer = await ehr.token({ rawAssertion: `${header}.${payload}.${signature}` })
      expect([400, 401]).toContain(answer.status)
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect((await ehr.token()).status).toBe(200)
  })

  it('E01 E02 encrypted tokens with compression or a costly key derivation are refused unopened', async () => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    for (const header of [
      { alg: 'dir', enc: 'A128GCM', zip: 'DEF' },
      { alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2c: 2 ** 31, p2s: 'AAAA' },
    ]) {
      const answer = await ehr.token({ rawAssertion: `${part(header)}.AAAA.AAAA.AAAA.AAAA` })
      expectError(answer, 401, 'invalid_client')
    }
  })

  it('E07 adversarial text in every field is refused', async () => {
    const text = `${'a '.repeat(10_000)}!`
    for (const form of [
      { scope: text },
      { resource: text },
      { client_id: text },
      { grant_type: text },
      { client_assertion_type: text },
    ]) {
      const answer = await ehr.token({ form })
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.status).toBeLessThan(500)
    }
    for (const claims of [{ jti: text }, { aud: text }, { sub: text }, { assertion_details: { type: text } }]) {
      const answer = await ehr.token({ assertion: { claims } })
      expect([400, 401, 413]).toContain(answer.status)
    }
  })
})

describe('the wire', () => {
  it('I02 ambiguous framing is refused and the connection closed', async () => {
    const chunked =
      'POST /connect/token HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
    const twice = 'POST /connect/token HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd'
    const bareLf = 'GET /.well-known/openid-configuration HTTP/1.1\nHost: x\n\n'
    for (const bytes of [chunked, twice, bareLf]) expect(await raw(bytes)).toMatch(/^HTTP\/1\.1 400|^$/)
  })

  it('I03 forwarded headers from a client change nothing', async () => {
    const headers = {
      'x-forwarded-for': '1.2.3.4',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'evil.example',
      'x-client-cert': 'x',
      forwarded: 'host=evil.example',
    }
    expect((await ehr.token({ headers })).status).toBe(200)
    const discovery = await ehr.send('/.well-known/openid-configuration', { headers })
    expect(discovery.body['issuer']).toBe(c.issuer)
  })

  it('I04 path tricks meet the same door or 404', async () => {
    for (const path of [
      '/admin;x/v1/clients/test-ehr',
      '//admin/v1/clients/test-ehr',
      '/%2fadmin/v1/clients/test-ehr',
      '/admin%2fv1/clients/test-ehr',
      '/audit/..;/admin/v1/clients/test-ehr',
    ]) {
      const answer = await ehr.send(path)
      expect([400, 401, 404]).toContain(answer.status)
      expect(answer.text).not.toContain('Granfjelldal')
    }
  })

  it('nothing internal leaks from an error', async () => {
    for (const answer of [
      await ehr.send('/nowhere'),
      await ehr.token({ form: { scope: "'; --" } }),
      await post({ 'content-type': 'application/x-www-form-urlencoded' }, '%'),
    ]) {
      expect(answer.text).not.toMatch(/node_modules|at \w+ \(|\.ts:|\.js:|Prisma|nats|postgres/i)
      expect(answer.headers).not.toHaveProperty('x-powered-by')
    }
    const error = await ehr.token({ form: { grant_type: 'password' } })
    expect(error.headers['cache-control']).toContain('no-store')
    expect(error.headers['content-type']).toMatch(/^application\/json/)
  })

  it('G08 no foreign origin is allowed', async () => {
    const answer = await ehr.token({ headers: { origin: 'https://evil.example' } })
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
  })
})
