import { beforeEach, describe, expect, it } from '@jest/globals'
import type { Ask, SignBatch } from '@tillit/events'
import type { OAuthError } from '@tillit/oauth'
import type { SignOrder, SignOutcome, Signer } from '../domain/ports.js'
import { createSigner } from './record-and-sign.js'

interface Sent {
  readonly ask: Ask
  readonly batch: SignBatch
  readonly timeoutMs: number
  readonly reply: (results: unknown) => void
  readonly fail: (error: Error) => void
}
let sent: Sent[]
let now: number
let signer: Signer
const nats = {
  ask: (ask: Ask, payload: Uint8Array | string, { timeoutMs }: { timeoutMs: number }) =>
    new Promise<Uint8Array>((resolve, reject) => {
      const reply = (results: unknown): void => resolve(Buffer.from(JSON.stringify({ v: 1, results })))
      sent.push({ ask, batch: JSON.parse(String(payload)) as SignBatch, timeoutMs, reply, fail: reject })
    }),
}
beforeEach(() => {
  sent = []
  now = 1_000_000
  let id = 0
  signer = createSigner(nats, { deadlineMs: 2_000, maxQueue: 100, now: () => now, newId: () => `id-${id++}` })
})
const order = (jti: string): SignOrder => ({
  purpose: 'token.issued',
  assertion: { clientId: 'ehr', jti, exp: 1 },
  access: { typ: 'at+jwt', alg: 'ES256', payload: '{"iss":"i","jti":"t"}' },
})
const ask = (count: number, from = 0): Promise<SignOutcome>[] =>
  Array.from({ length: count }, (_, i) => signer.recordAndSign(order(`j${from + i}`)))
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const jtis = (i: number): (string | undefined)[] =>
  sent[i]?.batch.requests.map((request) => request.assertion?.jti) ?? []
const results = (i: number): SignOutcome[] => jtis(i).map((jti) => ({ ok: true, access: `signed ${jti ?? ''}` }))
async function code(promise: Promise<unknown> | undefined): Promise<string> {
  const error = (await promise?.catch((thrown: unknown) => thrown)) as OAuthError
  return `${error.status} ${error.code} ${error.headers?.['Retry-After'] ?? ''}`
}

describe('createSigner', () => {
  it('sends a lone request at once, as the contract says', async () => {
    const [answer] = ask(1)
    expect(sent).toHaveLength(1)
    expect(sent[0]?.ask.prefix).toBe('sign.req')
    expect(sent[0]?.batch).toEqual({
      v: 1,
      deadline: now + 2_000,
      requests: [
        {
          id: 'id-0',
          purpose: 'token.issued',
          assertion: { clientId: 'ehr', jti: 'j0', exp: 1 },
          access: { typ: 'at+jwt', alg: 'ES256', claims: { iss: 'i', jti: 't' } },
        },
      ],
    })
    sent[0]?.reply([{ ok: true, access: 'a.b.c' }])
    expect(await answer).toEqual({ ok: true, access: 'a.b.c' })
  })

  it('gathers while one batch is away, sends up to 32 when it returns, and answers each its own', async () => {
    const answers = ask(40)
    expect(sent).toHaveLength(1)
    sent[0]?.reply(results(0))
    await tick()
    expect(jtis(1)).toHaveLength(32)
    sent[1]?.reply(results(1))
    await tick()
    expect(jtis(2)).toHaveLength(7)
    sent[2]?.reply(results(2))
    const all = await Promise.all(answers)
    expect(all.map((outcome) => outcome.ok && outcome.access)).toEqual(answers.map((_, i) => `signed j${i}`))
  })

  it('passes refusals through, one by one', async () => {
    const answers = ask(2)
    sent[0]?.reply([{ ok: false, error: 'replay' }])
    await tick()
    sent[1]?.reply([{ ok: false, error: 'policy', detail: 'scope' }])
    expect(await Promise.all(answers)).toEqual([
      { ok: false, error: 'replay' },
      { ok: false, error: 'policy', detail: 'scope' },
    ])
  })

  it('keeps a message below the size that the contract allows', async () => {
    const long = { ...order('long'), access: { typ: 'at+jwt', alg: 'ES256', payload: `{"x":"${'y'.repeat(60_000)}"}` } }
    void ask(1)
    const answers = Array.from({ length: 6 }, () => signer.recordAndSign(long))
    sent[0]?.reply(results(0))
    await tick()
    expect(jtis(1).length).toBeLessThan(4)
    expect(jtis(1).length).toBeGreaterThan(0)
    sent[1]?.reply(results(1))
    await answers[0]
  })

  it('refuses at once when the queue is full', async () => {
    void ask(101)
    expect(await code(signer.recordAndSign(order('late')))).toBe('503 temporarily_unavailable 1')
  })

  it('an answer that never comes is 503 for all in the batch, and the next batch goes', async () => {
    const answers = ask(3)
    sent[0]?.fail(new Error('NatsTimeout'))
    expect(await code(answers[0])).toBe('503 temporarily_unavailable 1')
    await tick()
    expect(jtis(1)).toEqual(['j1', 'j2'])
  })

  it('a frozen signer holds one batch, not the queue: a request after 100 ms starts another', () => {
    void ask(2)
    expect(sent).toHaveLength(1)
    now += 101
    void ask(1, 2)
    expect(sent).toHaveLength(2)
    expect(jtis(1)).toEqual(['j1', 'j2'])
    for (let i = 0; i < 20; i++) {
      now += 101
      void ask(1, 10 + i)
    }
    expect(sent).toHaveLength(8)
  })

  it('counts the deadline from the arrival of the oldest, and never sends what is past it', async () => {
    const answers = ask(2)
    now += 1_500
    sent[0]?.reply(results(0))
    await tick()
    expect(sent[1]?.batch.deadline).toBe(1_002_000)
    expect(sent[1]?.timeoutMs).toBe(500)
    const late = ask(1, 5)
    now += 2_000
    sent[1]?.fail(new Error('NatsTimeout'))
    expect(await code(answers[1])).toBe('503 temporarily_unavailable 1')
    expect(await code(late[0])).toBe('503 temporarily_unavailable 1')
    expect(sent).toHaveLength(2)
    void ask(1, 6)
    expect(jtis(2)).toEqual(['j6'])
  })

  it('J04 believes nothing of a reply that does not fit the contract', async () => {
    for (const reply of [
      (at: Sent) => at.reply([]),
      (at: Sent) => at.reply([{ ok: true }, { ok: true }]),
      (at: Sent) => at.reply([{ ok: 'yes' }]),
      (at: Sent) => at.reply([{ ok: false, error: 'whatever' }]),
      (at: Sent) => at.reply('text'),
    ]) {
      const [answer] = ask(1)
      const last = sent.at(-1)
      if (last !== undefined) reply(last)
      expect(await code(answer)).toBe('503 temporarily_unavailable 1')
    }
  })

  it('orders without a token only spend', () => {
    void signer.recordAndSign({ purpose: 'token.revoked', assertion: { clientId: 'ehr', jti: 'j', exp: 1 } })
    expect(sent[0]?.batch.requests[0]).toEqual({
      id: 'id-0',
      purpose: 'token.revoked',
      assertion: { clientId: 'ehr', jti: 'j', exp: 1 },
    })
  })
})
