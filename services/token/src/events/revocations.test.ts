import { describe, expect, it } from '@jest/globals'
import { RevokeRequest, type Ask } from '@tillit/events'
import { Compile } from 'typebox/compile'
import { createRevocations } from './revocations.js'

const token = { jti: 'j', exp: 1_800_000_600, clientId: 'ehr' }

function revoke(reply: unknown, asked: unknown[] = []): Promise<void> {
  const nats = {
    ask: (ask: Ask, payload: Uint8Array | string) => {
      asked.push(ask.prefix, JSON.parse(String(payload)))
      return reply instanceof Error ? Promise.reject(reply) : Promise.resolve(Buffer.from(JSON.stringify(reply)))
    },
  }
  return createRevocations(nats, 1_000).revoke(token)
}

describe('createRevocations', () => {
  it('asks client-registry as the contract says, and believes a commit', async () => {
    const asked: unknown[] = []
    await revoke({ ok: true, revision: 12 }, asked)
    expect(asked).toEqual(['registry.req.revoke', { ...token, reason: 'client_request' }])
    expect(Compile(RevokeRequest).Check(asked[1])).toBe(true)
  })

  it('anything but a commit is 503 with Retry-After: the token may still be valid', async () => {
    for (const reply of [{ ok: false, error: 'unavailable' }, { ok: 'yes' }, 'text', new Error('NatsTimeout')]) {
      await expect(revoke(reply)).rejects.toMatchObject({ status: 503, headers: { 'Retry-After': '2' } })
    }
  })
})
