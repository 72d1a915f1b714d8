import { describe, expect, it } from '@jest/globals'
import { headers, type Msg } from '@nats-io/nats-core'
import { NatsUnavailable, PublishRefused, PublishUnknown } from './errors.js'
import { readPublishAck } from './publish-ack.js'

const msg = (data: string, code?: number): Msg =>
  ({ data: Buffer.from(data), ...(code ? { headers: headers(code, 'x') } : {}) }) as unknown as Msg

describe('readPublishAck', () => {
  it('reads a stored message and a duplicate', () => {
    expect(readPublishAck(msg('{"stream":"S","seq":4}'))).toEqual({ stream: 'S', seq: 4, duplicate: false })
    expect(readPublishAck(msg('{"stream":"S","seq":4,"duplicate":true}')).duplicate).toBe(true)
  })

  it('takes error 10158 for a duplicate (security.md, section 1)', () => {
    const error = { code: 409, err_code: 10158, description: 'duplicate message id is in process' }
    expect(readPublishAck(msg(JSON.stringify({ error })))).toEqual({ duplicate: true, seq: 0, stream: '' })
  })

  it('throws what the stream refused, with its code', () => {
    const error = { code: 503, err_code: 10077, description: 'maximum bytes exceeded' }
    const read = (): unknown => readPublishAck(msg(JSON.stringify({ error })))
    expect(read).toThrow(PublishRefused)
    expect(read).toThrow('maximum bytes exceeded (10077)')
  })

  it('no responders: nothing was stored', () => {
    expect(() => readPublishAck(msg('', 503))).toThrow(NatsUnavailable)
  })

  it.each(['', 'not json', '{}', 'null', '{"stream":7}'])('%s leaves it open whether the message is stored', (data) => {
    expect(() => readPublishAck(msg(data))).toThrow(PublishUnknown)
  })
})
