import { createServer, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { telemetryOptions } from '../config-telemetry.js'
import { createHttp } from '../http/create-http.js'
import { PrivatePort } from '../lifecycle/private-port.js'
import { createLogger } from '../log.js'
import { recordOperation } from '../nats/nats-metrics.js'
import { metrics } from './metrics.js'
import { startTelemetry, tracingEnabled } from './sdk.js'

let port: PrivatePort
let base = ''

async function scrape(): Promise<string> {
  return (await fetch(`${base}/metrics`)).text()
}

beforeAll(async () => {
  await startTelemetry({ service: 'token', instance: 'token-1', environment: 'test', otlpEndpoint: undefined })
  const probe = createServer()
  const PRIVATE_PORT = await new Promise<number>((resolve) => {
    probe.listen(0, '127.0.0.1', () => {
      const found = (probe.address() as AddressInfo).port
      probe.close(() => resolve(found))
    })
  })
  base = `http://127.0.0.1:${PRIVATE_PORT}`
  port = new PrivatePort({ config: { HOST: '127.0.0.1', PRIVATE_PORT }, reasons: () => [] })
  await port.listen()
})
afterAll(() => port.close())

describe('metrics at the private port', () => {
  it('carry the event loop and the names of the service', async () => {
    const text = await scrape()
    expect(text).toContain('service_name="token"')
    expect(text).toMatch(/^nodejs_eventloop_utilization [\d.e-]+$/m)
    expect(text).toMatch(/^nodejs_eventloop_delay_p99 [\d.e-]+$/m)
  })

  it('requests are counted by route, never by path, method of the caller or client', async () => {
    const log = createLogger({ service: 'token', instance: 'x', level: 'silent', environment: 'test' })
    const http = createHttp({ config: { ISSUER: 'https://issuer.example' }, log })
    const access = { caller: 'public', limit: 'none', audit: 'none' } as const
    http.get('/clients/:id', { config: { access } }, () => 'x')
    await http.inject('/clients/CANARY-1')
    await http.inject('/CANARY-2')
    await http.inject({ method: 'PROPFIND', url: '/clients/x' })
    const text = await scrape()
    expect(text).toMatch(
      /http_server_request_duration_count\{http_request_method="GET",http_response_status_code="200",http_route="\/clients\/:id"\} 1/,
    )
    expect(text).toContain('le="0.25"')
    expect(text).toContain('http_request_method="_OTHER"')
    expect(text).toMatch(/^http_server_active_requests 0$/m)
    expect(text).not.toContain('CANARY')
    await http.close()
  })

  it('messages are counted by destination without what names a client', async () => {
    recordOperation('publish', '$KV.registry.client.CANARY-3', performance.now())
    const text = await scrape()
    expect(text).toContain('messaging_destination_template="$KV.registry.>"')
    expect(text).not.toContain('CANARY-3')
  })

  it('a counter gets its suffix from the exporter, a gauge is read at the scrape', async () => {
    metrics.counter('tillit.test.things', { unit: '{thing}', description: 'x' }).add(2, { reason: 'y' })
    let value = 1
    metrics.gauge('tillit.test.level', { unit: '1', description: 'x', read: () => value })
    value = 7
    const text = await scrape()
    expect(text).toMatch(/^tillit_test_things_total\{reason="y"\} 2$/m)
    expect(text).toMatch(/^tillit_test_level 7$/m)
  })

  it('traces nothing where no endpoint is set', () => {
    expect(tracingEnabled()).toBe(false)
  })

  it('answers nothing but health and metrics', async () => {
    expect((await fetch(`${base}/other`)).status).toBe(404)
    expect((await fetch(`${base}/readyz`, { method: 'POST' })).status).toBe(405)
  })
})

describe('telemetryOptions', () => {
  it('takes the name of the service from its folder, unless it is told', () => {
    const script = '/app/services/signing-key/dist/main.js'
    expect(telemetryOptions({ INSTANCE_ID: 'a', TILLIT_ENVIRONMENT: 'test' }, script)).toEqual({
      service: 'signing-key',
      instance: 'a',
      environment: 'test',
      otlpEndpoint: undefined,
    })
    const told = { OTEL_SERVICE_NAME: 'x', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }
    expect(telemetryOptions(told, script)).toMatchObject({ service: 'x', otlpEndpoint: 'http://c:4318' })
  })
})
