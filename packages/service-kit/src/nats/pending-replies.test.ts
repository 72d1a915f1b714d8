import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import type { Msg } from '@nats-io/nats-core'
import { PendingReplies } from './pending-replies.js'

const late = (): Error => new Error('late')
const reply = { subject: 'x' } as Msg

describe('PendingReplies', () => {
  beforeEach(() => void jest.useFakeTimers())
  afterEach(() => void jest.useRealTimers())

  it('gives each reply to its own waiter', async () => {
    const pending = new PendingReplies(10)
    const [a, b] = [pending.wait({ timeoutMs: 100, late }), pending.wait({ timeoutMs: 100, late })]
    expect(a.token).not.toBe(b.token)
    pending.settle(b.token, reply)
    await expect(b.reply).resolves.toBe(reply)
    pending.settle(b.token, reply)
    pending.settle('unknown', reply)
    expect(pending.size).toBe(1)
    pending.abandon()
    await expect(a.reply).rejects.toThrow('late')
  })

  it('ends the late ones, each at its own time, with one timer that stops when nothing waits', async () => {
    const pending = new PendingReplies(10)
    const ended: string[] = []
    const wait = (name: string, timeoutMs: number): void =>
      void pending.wait({ timeoutMs, late }).reply.catch(() => ended.push(name))
    wait('slow', 500)
    wait('fast', 50)
    expect(jest.getTimerCount()).toBe(1)
    await jest.advanceTimersByTimeAsync(100)
    expect(ended).toEqual(['fast'])
    await jest.advanceTimersByTimeAsync(500)
    expect(ended).toEqual(['fast', 'slow'])
    expect(jest.getTimerCount()).toBe(0)
  })

  it('knows when it is full', () => {
    const pending = new PendingReplies(1)
    expect(pending.full).toBe(false)
    pending.wait({ timeoutMs: 10, late }).reply.catch(() => undefined)
    expect(pending.full).toBe(true)
    pending.abandon()
  })
})
