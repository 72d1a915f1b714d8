import { describe, expect, it, jest } from '@jest/globals'
import { RevokeReply } from '@tillit/events'
import { createLogger } from '@tillit/service-kit'
import { Value } from 'typebox/value'
import { replyTo, type Revoke } from './answer-revoke.js'

const log = createLogger({ service: 'client-registry', instance: 'test', level: 'silent', environment: 'test' })
const good = { jti: 'j', exp: 1_800_000_000, clientId: 'c', reason: 'client_request' }
const ask = (payload: unknown, revoke: Revoke = () => Promise.resolve(7)): Promise<unknown> =>
  replyTo(Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)), revoke, log)

describe('revocation ask', () => {
  it('answers the revision of the commit', async () => {
    const revoke = jest.fn<Revoke>().mockResolvedValue(7)
    const reply = await ask(good, revoke)
    expect(reply).toEqual({ ok: true, revision: 7 })
    expect(Value.Check(RevokeReply, reply)).toBe(true)
    expect(revoke).toHaveBeenCalledWith({ jti: 'j', exp: 1_800_000_000, clientId: 'c' })
  })

  it.each([
    ['no JSON', 'x'],
    ['another shape', { jti: 'j' }],
    ['a member too many', { ...good, isAdmin: true }],
    ['E06 an exp as text', { ...good, exp: '1800000000' }],
    ['E06 a negative exp', { ...good, exp: -1 }],
    ['I06 an operator object', { ...good, jti: { contains: '' } }],
    ['E04 more than the contract allows', { ...good, jti: 'j'.repeat(10_000) }],
  ])('refuses %s', async (_name, payload) => {
    expect(await ask(payload)).toEqual({ ok: false, error: 'invalid' })
  })

  it('refuses what the domain refuses', async () => {
    expect(await ask(good, () => Promise.resolve(undefined))).toEqual({ ok: false, error: 'invalid' })
  })

  it('says unavailable when the commit failed, so that the asker tries again', async () => {
    const gone = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
    expect(await ask(good, () => Promise.reject(gone))).toEqual({ ok: false, error: 'unavailable' })
    expect(await ask(good, () => Promise.reject(new Error('bug')))).toEqual({ ok: false, error: 'unavailable' })
  })
})
