import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createHttp } from '../http/create-http.js'
import { createLogger } from '../log.js'
import { flushTelemetry, startTelemetry } from './sdk.js'
import { activeTraceparent, inServerSpan } from './trace.js'

/** In a file of its own: telemetry is started once a process. */
const received: string[] = []
let collector: Server

beforeAll(async () => {
  collector = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString('latin1')))
    request.on('end', () => {
      received.push(`${request.url ?? ''} ${body}`)
      response.end('{}')
    })
  })
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve))
  const { port } = collector.address() as AddressInfo
  const otlpEndpoint = `http://127.0.0.1:${port}/`
  await startTelemetry({ service: 'token', instance: 'token-1', environment: 'test', otlpEndpoint })
})
afterAll(() => void collector.close())

describe('tracing', () => {
  it('continues the trace of the caller, over HTTP and NATS, into the log, and sends it at the end', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c'
    const lines: string[] = []
    const destination = { write: (line: string) => void lines.push(line) }
    const log = createLogger({ service: 'token', instance: 'x', level: 'info', environment: 'test', destination })
    const http = createHttp({ config: { ISSUER: 'https://issuer.example' }, log })
    const access = { caller: 'public', limit: 'none', audit: 'none' } as const
    http.post('/connect/token', { config: { access } }, async () => {
      const inside = activeTraceparent()
      log.info({ 'event.name': 'x' }, 'inside')
      const answered = await inServerSpan('sign.req', inside, () => Promise.resolve(activeTraceparent()))
      return { inside, answered }
    })
    const headers = { traceparent: `00-${trace}-b7ad6b7169203331-01` }
    const answer = await http.inject({ method: 'POST', url: '/connect/token', headers })
    const { inside, answered } = answer.json<{ inside: string; answered: string }>()
    expect([inside.split('-')[1], answered.split('-')[1]]).toEqual([trace, trace])
    expect(answered).not.toBe(inside)
    expect(lines[0]).toContain(`"trace_id":"${trace}"`)
    await http.close()
    await flushTelemetry()
    expect(received.join('')).toMatch(/^\/v1\/traces /)
    expect(received.join('')).toContain('POST /connect/token')
    expect(received.join('')).toContain('sign.req')
  })
})
