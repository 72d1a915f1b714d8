import { createServer, type AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import { eventually } from '../../../testkit/src/index.js'
import { ConfigError } from '../config.js'
import { createHttp } from '../http/create-http.js'
import { createLogger } from '../log.js'
import type { Host } from './host.js'
import type { Part, Service } from './part.js'
import { run } from './run.js'

class FakeHost implements Host {
  readonly signals = new Map<string, () => void>()
  readonly exits: number[] = []
  readonly errors: string[] = []
  readonly slept: number[] = []
  readonly drained = Promise.withResolvers<undefined>()
  fatal: (error: unknown) => void = () => undefined
  on(event: string, listener: () => void): void {
    this.signals.set(event, listener)
  }
  onFatal(listener: (error: unknown) => void): void {
    this.fatal = listener
  }
  exit(code: number): void {
    this.exits.push(code)
  }
  sleep(ms: number): Promise<void> {
    this.slept.push(ms)
    return this.drained.promise
  }
  stderr(line: string): void {
    this.errors.push(line)
  }
  kill(signal: string): void {
    this.signals.get(signal)?.()
  }
}

interface Setup {
  readonly service: Service
  readonly host: FakeHost
  readonly lines: string[]
  readonly get: (path: string, port?: 'PORT' | 'PRIVATE_PORT') => Promise<{ status: number; body: string }>
}
const hosts: FakeHost[] = []
afterEach(async () => {
  for (const host of hosts.splice(0)) {
    host.drained.resolve(undefined)
    host.kill('SIGTERM')
    await eventually(() => expect(host.exits.length).toBeGreaterThan(0))
  }
})

async function setup(parts: Part[], settings: Partial<Service['config']> = {}): Promise<Setup> {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  const log = createLogger({ service: 'x', instance: 'x-1', level: 'info', environment: 'test', destination })
  const [PORT, PRIVATE_PORT] = [await freePort(), await freePort()]
  const config = {
    ISSUER: 'https://issuer.example',
    HOST: '127.0.0.1',
    PORT,
    PRIVATE_PORT,
    DRAIN_MS: 1_234,
    SHUTDOWN_MS: 10_000,
    ...settings,
  } as Service['config']
  const http = createHttp({ config, log })
  http.get('/slow', { config: { access: { caller: 'public', limit: 'none', audit: 'none' } } }, () => slow.promise)
  const slow = Promise.withResolvers<string>()
  slowAnswers.push(slow)
  const host = new FakeHost()
  hosts.push(host)
  const get: Setup['get'] = async (path, port = 'PRIVATE_PORT') => {
    const answer = await fetch(`http://127.0.0.1:${config[port] ?? 0}${path}`)
    return { status: answer.status, body: await answer.text() }
  }
  return { service: { name: 'x', log, parts, http, config }, host, lines, get }
}
const slowAnswers: PromiseWithResolvers<string>[] = []

describe('run', () => {
  it('exits 78 and names the variable before anything listens', async () => {
    const host = new FakeHost()
    await run(() => Promise.reject(new ConfigError('Invalid configuration:\n- ISSUER is not set')), host)
    expect([host.exits, host.errors]).toEqual([[78], ['Invalid configuration:\n- ISSUER is not set']])
    const broken = new FakeHost()
    await run(() => {
      throw new Error('a bug')
    }, broken)
    expect(broken.exits).toEqual([1])
  })

  it('asks for PORT where there is a public server', async () => {
    const { service, host } = await setup([])
    hosts.pop()
    const { PORT: _port, ...config } = service.config
    await run({ ...service, config }, host)
    expect(host.exits).toEqual([78])
    expect(host.errors[0]).toContain('PORT is not set')
  })

  it('waits for a dependency that comes late: live, unready, then ready by itself', async () => {
    let there = false
    const order: string[] = []
    const part: Part = {
      name: 'late',
      start: () => {
        if (!there) return Promise.reject(new Error('not there yet'))
        order.push('late')
        return Promise.resolve()
      },
    }
    const next: Part = { name: 'next', start: () => Promise.resolve(void order.push('next')) }
    const { service, host, get, lines } = await setup([part, next])
    const running = run(service, host)
    await eventually(() => expect(lines.join('')).toContain('part.start_failed'))
    expect(await get('/healthz')).toEqual({ status: 200, body: '{"status":"live"}' })
    expect(await get('/readyz')).toEqual({ status: 503, body: '{"status":"unready","reasons":["starting"]}' })
    await expect(get('/slow', 'PORT')).rejects.toThrow()
    there = true
    await eventually(() => expect(lines.join('')).toContain('service.started'))
    expect(await get('/readyz')).toEqual({ status: 200, body: '{"status":"ready"}' })
    expect(order).toEqual(['late', 'next'])
    host.kill('SIGTERM')
    host.drained.resolve(undefined)
    await running
  })

  it('says why it is unready, and serves on', async () => {
    const { service, host, get } = await setup([
      { name: 'a', ready: () => 'the watch is stale' },
      { name: 'b', ready: () => true },
    ])
    void run(service, host)
    await eventually(() => expect(host.signals.size).toBe(2))
    await expectSoon(async () => {
      expect(await get('/readyz')).toEqual({
        status: 503,
        body: '{"status":"unready","reasons":["the watch is stale"]}',
      })
    })
  })

  it('stops in the order of operations.md, section 4', async () => {
    const order: string[] = []
    const part = (name: string): Part => ({
      name,
      flush: () => Promise.resolve(void order.push(`flush ${name}`)),
      stop: () => Promise.resolve(void order.push(`stop ${name}`)),
    })
    const { service, host, get, lines } = await setup([part('database'), part('nats'), part('events')])
    const running = run(service, host)
    await eventually(() => expect(lines.join('')).toContain('service.started'))
    const inFlight = get('/slow', 'PORT')
    host.kill('SIGTERM')
    // 1. Unready, but still serving, for DRAIN_MS.
    await eventually(() => expect(host.slept).toEqual([1_234]))
    expect(await get('/readyz')).toEqual({ status: 503, body: '{"status":"unready","reasons":["stopping"]}' })
    expect((await get('/nothing', 'PORT')).status).toBe(404)
    // 2. Listens no more; what is in flight is finished before anything is taken down.
    host.drained.resolve(undefined)
    await expectSoon(async () => expect(get('/nothing', 'PORT')).rejects.toThrow())
    expect(order).toEqual([])
    slowAnswers.at(-1)?.resolve('done')
    expect((await inFlight).body).toBe('done')
    await running
    // 3. and 4.
    expect(order.slice(0, 3).sort()).toEqual(['flush database', 'flush events', 'flush nats'])
    expect(order.slice(3)).toEqual(['stop events', 'stop nats', 'stop database'])
    expect(host.exits).toEqual([0])
    await expect(get('/healthz')).rejects.toThrow()
  })

  it('a second signal exits at once', async () => {
    const { service, host, lines } = await setup([])
    void run(service, host)
    await eventually(() => expect(lines.join('')).toContain('service.started'))
    host.kill('SIGTERM')
    host.kill('SIGINT')
    expect(host.exits).toEqual([1])
  })

  it('leaves behind what does not stop, within the grace, and says so', async () => {
    const never: Part = { name: 'stuck', stop: () => new Promise(() => undefined) }
    const { service, host, lines } = await setup([never], { SHUTDOWN_MS: 600 })
    const running = run(service, host)
    await eventually(() => expect(lines.join('')).toContain('service.started'))
    host.drained.resolve(undefined)
    host.kill('SIGTERM')
    await running
    expect(host.exits).toEqual([1])
    expect(lines.join('')).toContain('service.stop_late')
  })

  it('can be stopped while it still waits for a dependency', async () => {
    const { service, host, lines } = await setup([{ name: 'never', start: () => Promise.reject(new Error('no')) }])
    const running = run(service, host)
    await eventually(() => expect(lines.join('')).toContain('part.start_failed'))
    host.drained.resolve(undefined)
    host.kill('SIGTERM')
    await running
    expect(host.exits).toEqual([0])
    expect(lines.join('')).not.toContain('service.started')
  })

  it('ends with 1 after an error that nobody handled, or when its port is taken', async () => {
    const { service, host, lines } = await setup([])
    void run(service, host)
    await eventually(() => expect(lines.join('')).toContain('service.started'))
    const second = await setup([], { PRIVATE_PORT: service.config.PRIVATE_PORT })
    void run(second.service, second.host)
    await eventually(() => expect(second.host.exits).toEqual([1]))
    host.fatal(new Error('a bug'))
    expect(host.exits).toEqual([1])
    expect(lines.join('')).toContain('service.crashed')
  })
})

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}

async function expectSoon(check: () => Promise<unknown>): Promise<void> {
  for (let turn = 0; ; turn += 1) {
    try {
      await check()
      return
    } catch (error) {
      if (turn > 200) throw error
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}
