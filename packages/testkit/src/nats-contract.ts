import { randomUUID } from 'node:crypto'
import { asks, auditSubject, durableName, issuanceSubject, streams, type Identity } from '@tillit/events'
import { NatsTimeout, NatsUnavailable, PublishRefused, type DrainedMessage, type Nats } from '@tillit/service-kit'
import { eventually, type TestApi } from './contract.js'

export interface NatsHarness {
  /** A started connection of this identity, all to the same broker, which has the streams of the contracts. */
  connect(identity: Identity): Promise<Nats>
}

const access = { limit: 'none', audit: 'none: a test' }
const text = (data: Uint8Array): string => Buffer.from(data).toString('utf8')

/** What `Nats` promises, for the fake and for a real server. */
export function natsContract({ describe, it, expect }: TestApi, harness: () => NatsHarness): void {
  const publish = { timeoutMs: 2_000 }

  describe('Nats: ask and answer', () => {
    it('carries a request to the owner, with the caller and the trace', async () => {
      const [token, signer] = [await harness().connect('token'), await harness().connect('signing-key')]
      const part = signer.answer(asks.recordAndSign, access, (caller, payload, trace) =>
        Promise.resolve(`${caller}:${text(payload)}:${trace ?? ''}`),
      )
      await part.start?.()
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
      const reply = await token.ask(asks.recordAndSign, 'hello', { timeoutMs: 2_000, traceparent })
      await part.stop?.()
      expect(text(reply)).toBe(`token:hello:${traceparent}`)
    })

    it('says at once that nobody answers', async () => {
      const token = await harness().connect('token')
      await expect(token.ask(asks.revokeToken, '{}', { timeoutMs: 2_000 })).rejects.toBeInstanceOf(NatsUnavailable)
    })

    it('a handler that throws sends no reply', async () => {
      const [token, registry] = [await harness().connect('token'), await harness().connect('client-registry')]
      const part = registry.answer(asks.revokeToken, access, () => Promise.reject(new Error('on purpose')))
      await part.start?.()
      await expect(token.ask(asks.revokeToken, '{}', { timeoutMs: 200 })).rejects.toBeInstanceOf(NatsTimeout)
      await part.stop?.()
    })

    it('refuses to answer a subject that states no limit or no audit event', async () => {
      const signer = await harness().connect('signing-key')
      expect(() => signer.answer(asks.recordAndSign, { limit: '', audit: 'x' }, () => Promise.resolve(''))).toThrow()
    })
  })

  describe('Nats: publish', () => {
    it('acknowledges, and tells a duplicate by its message id', async () => {
      const signer = await harness().connect('signing-key')
      const options = { ...publish, msgId: randomUUID() }
      const first = await signer.publish(issuanceSubject(0), '{}', options)
      const second = await signer.publish(issuanceSubject(0), '{}', options)
      expect(first).toMatchObject({ duplicate: false, stream: 'ISSUANCE_0' })
      expect(second).toEqual({ ...first, duplicate: true })
    })

    it('gives one of many concurrent bearers of an id the slot', async () => {
      const signer = await harness().connect('signing-key')
      const options = { ...publish, msgId: randomUUID() }
      const acks = await Promise.all(
        Array.from({ length: 40 }, () => signer.publish(issuanceSubject(1), '{}', options)),
      )
      expect(acks.filter((ack) => !ack.duplicate)).toHaveLength(1)
    })

    it('refuses a compare-and-set whose sequence is wrong', async () => {
      const registry = await harness().connect('client-registry')
      const subject = `$KV.registry.client.${randomUUID()}`
      const { seq } = await registry.publish(subject, '{}', { ...publish, expectLastSubjectSequence: 0 })
      await registry.publish(subject, '{}', { ...publish, expectLastSubjectSequence: seq })
      const late = registry.publish(subject, '{}', { ...publish, expectLastSubjectSequence: seq })
      await expect(late).rejects.toBeInstanceOf(PublishRefused)
      await expect(late).rejects.toMatchObject({ code: 10_071 })
    })

    it('refuses a header value with a line break or sends it encoded, never as a header of its own', async () => {
      const token = await harness().connect('token')
      const options = { ...publish, msgId: `a\r\nNats-Rollup: all ${randomUUID()}` }
      await token.publish(auditSubject('token'), '{}', options).catch((error: unknown) => {
        expect(error).toBeInstanceOf(TypeError)
      })
    })

    it('publishes nothing after the stop', async () => {
      const token = await harness().connect('token')
      await token.stop?.()
      expect(token.connected()).toBe(false)
      await expect(token.publish(auditSubject('token'), '{}', publish)).rejects.toBeInstanceOf(NatsUnavailable)
    })
  })

  describe('Nats: drain', () => {
    it('hands over batches in order, again after a failure, and tells where it is', async () => {
      const [token, audit] = [await harness().connect('token'), await harness().connect('audit')]
      const mine = randomUUID()
      for (let n = 1; n <= 5; n += 1) await token.publish(auditSubject('token'), `${mine} ${n}`, publish)
      const seen: DrainedMessage[] = []
      let failures = 1
      const options = { stream: streams.auditEvents.name, durable: durableName('audit'), batch: 3, maxWaitMs: 500 }
      const drain = audit.drainStream(options, (messages) => {
        expect(messages.length).toBeLessThanOrEqual(3)
        if (failures-- > 0) return Promise.reject(new Error('on purpose'))
        seen.push(...messages)
        return Promise.resolve()
      })
      await drain.start?.()
      const own = (): string[] => seen.map(({ data }) => text(data)).filter((body) => body.startsWith(mine))
      await eventually(() => expect(own()).toHaveLength(5))
      const { seq } = await token.publish(auditSubject('token'), `${mine} 6`, publish)
      await eventually(() => expect(drain.lastSeq()).toBe(seq))
      await eventually(() => expect(drain.pending()).toBe(0))
      await drain.stop?.()
      expect(own()).toEqual([1, 2, 3, 4, 5, 6].map((n) => `${mine} ${n}`))
      expect(seen.map(({ seq: at }) => at)).toEqual(seen.map(({ seq: at }) => at).sort((a, b) => a - b))
    })
  })
}
