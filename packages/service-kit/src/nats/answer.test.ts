import { describe, expect, it } from '@jest/globals'
import type { Msg, NatsConnection, Subscription, SubscriptionOptions } from '@nats-io/nats-core'
import { asks } from '@tillit/events'
import { createLogger } from '../log.js'
import { answerPart } from './answer.js'
import type { AnswerHandler, AnswerOptions } from './types.js'

const log = createLogger({ service: 'x', instance: 'x', level: 'silent', environment: 'test' })

async function setup(handler: AnswerHandler, options: Partial<AnswerOptions> = {}) {
  let take: (msg: Msg) => void = () => undefined
  const subscribed: [string, string | undefined][] = []
  const replies: string[] = []
  const connection = {
    subscribe: (subject: string, { queue, callback }: SubscriptionOptions) => {
      subscribed.push([subject, queue])
      take = (msg) => void callback?.(null, msg)
      return { drain: () => Promise.resolve(), unsubscribe: () => undefined } as unknown as Subscription
    },
    flush: () => Promise.resolve(),
  } as unknown as NatsConnection
  const access = { limit: 'none', audit: 'none', ...options }
  const part = answerPart({
    connection: { up: true, get: () => connection },
    log,
    ask: asks.revokeToken,
    access,
    handler,
  })
  await part.start?.()
  const send = (text: string, subject = 'registry.req.revoke.token', reply: string | undefined = 'inbox'): void => {
    const respond = (body: unknown): boolean => replies.push(String(body)) > 0
    take({ subject, data: Buffer.from(text), reply, respond } as unknown as Msg)
  }
  return { part, send, replies, subscribed }
}

describe('answerPart', () => {
  it('subscribes below its prefix, in its queue group', async () => {
    const { subscribed } = await setup(() => Promise.resolve(''))
    expect(subscribed).toEqual([['registry.req.revoke.*', 'client-registry']])
  })

  it('runs so many at once, lets so many wait, and drops the rest', async () => {
    const gates: PromiseWithResolvers<string>[] = []
    const handler: AnswerHandler = () => {
      const gate = Promise.withResolvers<string>()
      gates.push(gate)
      return gate.promise
    }
    const { send, replies, part } = await setup(handler, { concurrency: 2, queue: 3 })
    for (let n = 0; n < 10; n += 1) send(`${n}`)
    expect(gates).toHaveLength(2)
    for (let n = 0; n < 5; n += 1) {
      gates[n]?.resolve(`reply ${n}`)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await part.stop?.()
    expect(replies).toEqual([0, 1, 2, 3, 4].map((n) => `reply ${n}`))
  })

  it('takes nothing from a stranger, without a reply subject, or over the size', async () => {
    const seen: string[] = []
    const { send } = await setup((caller) => Promise.resolve(`${seen.push(caller)}`))
    send('x', 'registry.req.revoke.audit')
    send('x', 'registry.req.revoke.token', '')
    send('x'.repeat(asks.revokeToken.maxBytes + 1))
    expect(seen).toEqual([])
  })

  it('sends no reply that is larger than the contract, and goes on', async () => {
    const { send, replies, part } = await setup((_caller, payload) => {
      if (payload.length === 1) throw new Error('thrown at once')
      return Promise.resolve('y'.repeat(payload.length === 2 ? asks.revokeToken.maxBytes + 1 : 1))
    })
    for (const text of ['1', '22', '333']) send(text)
    await part.stop?.()
    expect(replies).toEqual(['y'])
  })
})
