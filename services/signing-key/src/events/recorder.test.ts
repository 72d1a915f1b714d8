import { describe, expect, it } from '@jest/globals'
import type { Envelope } from '@tillit/events'
import {
  NatsUnavailable,
  PublishRefused,
  PublishUnknown,
  type JetStreamPublishOptions,
  type NewRecord,
} from '@tillit/service-kit'
import { createRecorder } from './recorder.js'

class FakeNats {
  answer: { duplicate: boolean; seq: number } | Error = { duplicate: false, seq: 7 }
  readonly sent: { subject: string; payload: string; options: JetStreamPublishOptions }[] = []

  connected = (): boolean => true

  publish = (subject: string, payload: Uint8Array | string, options: JetStreamPublishOptions) => {
    this.sent.push({ subject, payload: payload.toString(), options })
    return this.answer instanceof Error ? Promise.reject(this.answer) : Promise.resolve({ ...this.answer, stream: 's' })
  }
}

let n = 0
const envelope = ({ type, stream, data, id = 'made' }: NewRecord): Envelope => {
  const place = { producer: 'signing-key/1', epoch: 'e', stream, n: (n += 1) }
  return { specversion: '1.0', id, source: 's', type, time: 't', ...place, data }
}

const setUp = () => {
  n = 0
  const nats = new FakeNats()
  const proofs: number[] = []
  return {
    nats,
    proofs,
    recorder: createRecorder({ nats, producer: { envelope }, onProof: (seq) => proofs.push(seq) }),
  }
}
const draft = { kind: 'tokenIntent', data: { jti: 'j' }, id: 'given' } as const

describe('recorder', () => {
  it('publishes a record to its partition under its id, as a CloudEvent', async () => {
    const { nats, recorder } = setUp()
    const record = recorder.place(3, draft)
    expect(await recorder.publish(record, 'spend', 50)).toEqual({ kind: 'stored', seq: 7 })
    const options = { msgId: 'spend', timeoutMs: 50, contentType: 'application/cloudevents+json' }
    expect(nats.sent).toEqual([{ subject: 'issuance.rec.3', payload: record.body, options }])
    expect(JSON.parse(record.body)).toMatchObject({
      id: 'given',
      type: 'no.tillit.token.intent.v1',
      stream: 'ISSUANCE_3',
      n: 1,
    })
    expect([recorder.lastSeq(3), recorder.lastSeq(4)]).toEqual([7, 0])
  })

  it('gives the place of a record that was not stored to another', () => {
    const { recorder } = setUp()
    const record = recorder.place(3, draft)
    const filler = recorder.refill(record, { kind: 'replayRefused', data: { clientId: 'c' } })
    expect(filler.place).toEqual(record.place)
    expect(JSON.parse(filler.body)).toMatchObject({
      type: 'no.tillit.assertion.replay-refused.v1',
      n: 1,
      data: { clientId: 'c' },
    })
    expect(recorder.place(3, draft).place.n).toBe(2)
  })

  it('D01 publishes a proof as an id without content, and reports what was stored', async () => {
    const { nats, proofs, recorder } = setUp()
    expect(await recorder.spendProof('proof', 50)).toEqual({ kind: 'stored', seq: 7 })
    nats.answer = { duplicate: true, seq: 2 }
    expect(await recorder.spendProof('proof', 50)).toEqual({ kind: 'duplicate', seq: 2 })
    expect(nats.sent[0]).toEqual({ subject: 'dpop.spent', payload: '', options: { msgId: 'proof', timeoutMs: 50 } })
    expect(proofs).toEqual([7])
  })

  it.each([
    [new PublishUnknown('late'), 'unknown'],
    [new Error('anything'), 'unknown'],
    [new PublishRefused(10_077, 'full'), 'not_stored'],
    [new NatsUnavailable('away'), 'not_stored'],
  ])('never rejects: %s', async (error, kind) => {
    const { nats, recorder } = setUp()
    nats.answer = error
    expect(await recorder.publish(recorder.place(1, draft), 'id', 5)).toEqual({ kind })
    expect(recorder.lastSeq(1)).toBe(0)
  })
})
