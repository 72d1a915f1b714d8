import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { connect } from 'node:tls'
import { localCertificates } from './ca.js'
import { startGateway } from './gateway.js'
import type { Gateway } from './gateway.js'
import { freePort } from './ports.js'

const folder = mkdtempSync(path.join(tmpdir(), 'gateway test '))
const servers: Server[] = []
let seen: { instance: string; url: string; raw: string[]; body: string }[] = []
let gateway: Gateway
let ca: string
let gone: number

async function upstream(instance: string, answer?: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((request: IncomingMessage, response) => {
    if (request.url === '/readyz') return void response.end()
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      seen.push({ instance, url: request.url ?? '', raw: request.rawHeaders, body })
      if (answer) answer(response)
      else response.writeHead(200, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'Keep-Alive', 'timeout=1']).end(instance)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  servers.push(server)
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

beforeAll(async () => {
  const certificates = await localCertificates(path.join(folder, 'ca'))
  ca = certificates.ca
  const [one, two, frozen] = [await upstream('one'), await upstream('two'), await upstream('frozen', () => undefined)]
  gone = await freePort()
  const both = (url: string): { url: string; privateUrl: string } => ({ url, privateUrl: url })
  const nobody = { url: `http://127.0.0.1:${gone}`, privateUrl: one }
  const limits = { timeoutMs: 200, bodyLimit: 1000 }
  gateway = await startGateway({
    port: await freePort(),
    cert: certificates.cert,
    key: certificates.key,
    routes: [
      { service: 'token', paths: ['/connect'], upstreams: [both(one), both(two)], ...limits },
      { service: 'frozen', paths: ['/frozen'], upstreams: [both(frozen)], ...limits },
      { service: 'half', paths: ['/half'], upstreams: [nobody, { url: two, privateUrl: two }], ...limits },
      { service: 'gone', paths: ['/gone'], upstreams: [{ url: nobody.url, privateUrl: nobody.url }], ...limits },
    ],
  })
  await new Promise((resolve) => setTimeout(resolve, 200))
})

afterAll(async () => {
  await gateway.close()
  for (const server of servers) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  rmSync(folder, { recursive: true })
})

/** Sends bytes and answers what came back until the connection ended. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: gateway.port, ca, servername: 'localhost' }, () =>
      socket.write(text),
    )
    let heard = ''
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString()))
    socket.on('error', reject)
    socket.on('close', () => resolve(heard))
  })
}
const host = (): string => `Host: localhost:${gateway.port}\r\nConnection: close\r\n`
const status = (answer: string): number => Number(answer.slice(9, 12))

describe('the gateway', () => {
  it('deals requests out in turn and gives headers on in order and number', async () => {
    seen = []
    const request = `POST /connect/token?x=1 HTTP/1.1\r\n${host()}DPoP: first\r\nDPoP: second\r\nContent-Length: 3\r\n\r\na=b`
    const answers = [await raw(request), await raw(request)]
    expect(new Set(seen.map(({ instance }) => instance))).toEqual(new Set(['one', 'two']))
    expect(seen[0]).toMatchObject({ url: '/connect/token?x=1', body: 'a=b' })
    const proofs = seen[0]?.raw.filter((_, index, all) => index % 2 === 1 && all[index - 1] === 'DPoP')
    expect(proofs).toEqual(['first', 'second'])
    expect(answers[0]).toMatch(/Set-Cookie: a=1\r\nSet-Cookie: b=2/)
    expect(answers[0]).not.toMatch(/timeout=1\r/)
  })

  it('drops what a client may not claim about itself', async () => {
    seen = []
    const forged = [
      'X-Forwarded-For: 1.2.3.4',
      'Forwarded: for=1.2.3.4',
      'X-Real-IP: 1.2.3.4',
      'Client-Cert: :AA==:',
      'X-SSL-Client-S-DN: CN=x',
    ]
    await raw(`GET /connect/a HTTP/1.1\r\n${host()}${forged.join('\r\n')}\r\nX-Kept: yes\r\n\r\n`)
    const names = seen[0]?.raw.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase())
    expect(names).toEqual(expect.arrayContaining(['host', 'x-kept']))
    expect(names?.join()).not.toMatch(/forwarded|real-ip|cert|ssl/)
  })

  it.each([
    ['both framings', 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n', 400],
    ['two lengths', 'Content-Length: 3\r\nContent-Length: 4\r\n', 400],
    ['a strange coding', 'Transfer-Encoding: xchunked\r\n', 400],
    ['a header that hides another', 'Connection: close, DPoP\r\n', 400],
    ['a second host', 'Host: evil.example\r\n', 400],
    ['headers too large', `X-Long: ${'a'.repeat(20_000)}\r\n`, 431],
    ['a declared body too large', 'Content-Length: 2000\r\n', 413],
  ])('refuses %s', async (_, header, expected) => {
    seen = []
    const answer = await raw(`POST /connect/token HTTP/1.1\r\n${host()}${header}\r\n`)
    expect(status(answer)).toBe(expected)
    expect(answer).toMatch(/"error":"invalid_request"/)
    expect(seen).toEqual([])
  })

  it.each([
    '/connect/../admin',
    '/connect/%2e%2e/admin',
    '//connect/token',
    '/connect\\token',
    'https://localhost/connect',
  ])('refuses the path %s', async (target) =>
    expect(status(await raw(`GET ${target} HTTP/1.1\r\n${host()}\r\n`))).toBe(400),
  )

  it('answers for its own name only', async () => {
    expect(status(await raw('GET /connect/a HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n'))).toBe(421)
  })

  it('stops a chunked body that grows too large', async () => {
    const chunk = `${(600).toString(16)}\r\n${'a'.repeat(600)}\r\n`
    const answer = await raw(
      `POST /connect/token HTTP/1.1\r\n${host()}Transfer-Encoding: chunked\r\n\r\n${chunk}${chunk}0\r\n\r\n`,
    )
    expect(status(answer)).toBe(413)
  })

  it('says 503 with Retry-After for a frozen and for a missing service', async () => {
    for (const place of ['/frozen/x', '/gone/x']) {
      const answer = await raw(`POST ${place} HTTP/1.1\r\n${host()}Content-Length: 1\r\n\r\na`)
      expect(status(answer)).toBe(503)
      expect(answer).toMatch(/retry-after: \d+\r\n/)
      expect(answer).toMatch(/"error":"temporarily_unavailable"/)
    }
  })

  it('tries the next replica when a connection is refused, with the whole body', async () => {
    for (let round = 0; round < 2; round++) {
      seen = []
      const answer = await raw(`POST /half/x HTTP/1.1\r\n${host()}Content-Length: 5\r\n\r\nhello`)
      expect(status(answer)).toBe(200)
      expect(seen).toMatchObject([{ instance: 'two', body: 'hello' }])
    }
  })

  it('knows no other path', async () => {
    expect(status(await raw(`GET /other HTTP/1.1\r\n${host()}\r\n`))).toBe(404)
    expect(status(await raw(`GET /connectx HTTP/1.1\r\n${host()}\r\n`))).toBe(404)
  })
})
