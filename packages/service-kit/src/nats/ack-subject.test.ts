import { describe, expect, it } from '@jest/globals'
import { readDelivery } from './ack-subject.js'

describe('readDelivery', () => {
  const expected = {
    stream: 'KV_registry',
    consumer: 'w1',
    deliveries: 2,
    streamSeq: 17,
    consumerSeq: 5,
    timestampMs: 1_767_225_600_123,
    pending: 9,
  }

  it('reads the form of nine tokens', () => {
    expect(readDelivery('$JS.ACK.KV_registry.w1.2.17.5.1767225600123456789.9')).toEqual(expected)
  })

  it('reads the form with domain and account, with and without a last token', () => {
    expect(readDelivery('$JS.ACK._.ABC.KV_registry.w1.2.17.5.1767225600123456789.9')).toEqual(expected)
    expect(readDelivery('$JS.ACK.hub.ABC.KV_registry.w1.2.17.5.1767225600123456789.9.rand')).toEqual(expected)
  })

  it.each([
    undefined,
    '',
    '_INBOX_token.x',
    '$JS.FC.KV_registry.w1.x',
    '$JS.ACK.a.b.c.d.e.f.g',
    '$JS.ACK.S.C.1.2.3.4.5.6',
  ])('takes %s for no delivery', (subject) => {
    expect(readDelivery(subject)).toBeUndefined()
  })
})
