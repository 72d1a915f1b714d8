import { afterEach, describe, expect, it } from '@jest/globals'
import { access, app, closeApps } from './http.fixture.js'

afterEach(closeApps)

describe('declared access', () => {
  it('refuses a route that does not say who may call, its limit and its audit event', () => {
    const { http } = app()
    expect(() => http.get('/a', () => 'x')).toThrow('GET /a must declare access')
    expect(() => http.get('/b', { config: { access: { ...access, limit: '' } } }, () => 'x')).toThrow()
    expect(() => http.get('/c', { config: { access: { ...access, caller: { scope: '' } } } }, () => 'x')).toThrow()
  })

  it('does not start with a scope that nothing would check', async () => {
    const { http } = app()
    http.get('/a', { config: { access: { ...access, caller: { scope: 'x/read' } } } }, () => 'x')
    await expect(http.ready()).rejects.toThrow('protectedApi')
  })
})

describe('answers', () => {
  it('carry headers that keep browsers and caches out, which a route may override', async () => {
    const { http, lines } = app()
    http.get('/a', { config: { access } }, () => 'x')
    http.get('/b', { config: { access } }, (_request, reply) => reply.header('cache-control', 'max-age=60').send('x'))
    const answer = await http.inject('/a')
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'strict-transport-security': expect.stringContaining('max-age='),
    })
    expect(answer.headers).not.toHaveProperty('x-powered-by')
    expect((await http.inject('/b')).headers['cache-control']).toBe('max-age=60')
    expect(lines).toEqual([])
  })

  it('sheds load beyond what it can finish, with Retry-After', async () => {
    const { http } = app({ maxActive: 2 })
    const gate = Promise.withResolvers<string>()
    http.get('/slow', { config: { access } }, () => gate.promise)
    const taken = [http.inject('/slow'), http.inject('/slow')]
    await new Promise((resolve) => setTimeout(resolve, 20))
    const shed = await http.inject('/slow')
    expect([shed.statusCode, shed.json<{ error: string }>().error]).toEqual([503, 'temporarily_unavailable'])
    expect(shed.headers).toHaveProperty('retry-after')
    gate.resolve('done')
    expect((await Promise.all(taken)).map((answer) => answer.statusCode)).toEqual([200, 200])
    expect((await http.inject('/slow')).statusCode).toBe(200)
  })
})
