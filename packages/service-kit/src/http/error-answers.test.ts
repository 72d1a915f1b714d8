import { afterEach, describe, expect, it } from '@jest/globals'
import type { FastifyInstance } from 'fastify'
import { OAuthError } from '@tillit/oauth'
import Type from 'typebox'
import { NatsTimeout, NatsUnavailable, PublishRefused, PublishUnknown } from '../nats/errors.js'
import type { HttpOptions } from './create-http.js'
import { access, app, closeApps, post } from './http.fixture.js'

afterEach(closeApps)

describe('errors', () => {
  function throwing(error: unknown, options: Partial<HttpOptions> = {}): { http: FastifyInstance; lines: string[] } {
    const made = app(options)
    made.http.get('/x', { config: { access } }, () => {
      throw error
    })
    return made
  }

  it('an OAuthError becomes its status, body and headers, and its cause only a line', async () => {
    const cause = new Error('internal detail')
    const error = new OAuthError('use_dpop_nonce', 'Send the nonce', { headers: { 'DPoP-Nonce': 'n1' }, cause })
    const { http, lines } = throwing(error)
    const answer = await http.inject('/x')
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toEqual({ error: 'use_dpop_nonce', error_description: 'Send the nonce' })
    expect(answer.headers).toMatchObject({ 'dpop-nonce': 'n1', 'cache-control': 'no-store' })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('internal detail')
  })

  it.each([
    ['NATS unavailable', new NatsUnavailable('inner')],
    ['a late answer', new NatsTimeout('inner')],
    ['an unknown acknowledgement', new PublishUnknown('inner')],
    ['a full stream', new PublishRefused(10_077, 'inner')],
    ['a database that is down', Object.assign(new Error('inner'), { code: 'ECONNREFUSED' })],
  ])('%s is 503 temporarily_unavailable with Retry-After', async (_what, error) => {
    const answer = await throwing(error).http.inject('/x')
    expect(answer.statusCode).toBe(503)
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    expect(answer.json()).toMatchObject({ error: 'temporarily_unavailable' })
    expect(answer.body).not.toContain('inner')
  })

  it.each([new Error('SELECT secret'), 'SELECT secret', null, { statusCode: 418, message: 'SELECT secret' }])(
    'anything unknown is server_error with a reference, and nothing leaks',
    async (error) => {
      const { http, lines } = throwing(error)
      const answer = await http.inject('/x')
      expect(answer.statusCode).toBe(500)
      expect(answer.body).not.toContain('SELECT')
      const body = answer.json<{ error: string; error_description: string }>()
      expect(body.error).toBe('server_error')
      const reference = body.error_description.split(' ').at(-1) ?? ''
      expect(lines).toHaveLength(1)
      expect(lines[0]).toContain(reference)
    },
  )

  it('own APIs answer problem details', async () => {
    const { http } = throwing(new OAuthError('invalid_scope', 'No such scope'), { problemJson: true })
    const answer = await http.inject('/x')
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(answer.json()).toMatchObject({ status: 400, title: 'invalid_scope', detail: 'No such scope' })
  })

  it('a schema violation is 400 and names the member, not its value', async () => {
    const { http } = app()
    const body = Type.Object({ name: Type.String({ maxLength: 3 }) }, { additionalProperties: false })
    http.post('/v', { config: { access }, schema: { body } }, () => 'x')
    const json = { 'content-type': 'application/json' }
    const answer = await http.inject(post('/v', json, '{"name":"CANARY"}'))
    expect(answer.statusCode).toBe(400)
    expect(answer.body).toContain('body.name')
    expect(answer.body).not.toContain('CANARY')
    expect((await http.inject(post('/v', json, '{"name":{"contains":""}}'))).statusCode).toBe(400)
    expect((await http.inject(post('/v', json, '{"name":"a","other":1}'))).statusCode).toBe(400)
  })

  it('a flood of refusals does not flood the log, and says how many it held back', async () => {
    const { http, lines } = throwing(new OAuthError('invalid_request', 'no'))
    for (let count = 0; count < 200; count += 1) await http.inject('/x')
    expect(lines.length).toBeLessThan(100)
  })
})
