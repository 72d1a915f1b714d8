import { describe, expect, it } from '@jest/globals'
import { eventTypes } from '@tillit/events'
import { uuid7 } from '@tillit/service-kit'
import type { DrainedMessage } from '@tillit/service-kit'
import { parseMessage } from './parse-message.js'

const NOW = Date.now()
const HASH = 'h'.repeat(43)
const intent = {
  requester: 'token',
  clientId: 'ehr',
  jti: 'j1',
  aud: 'granfjelldal:journal',
  scope: [],
  iat: 1,
  exp: 2,
  alg: 'ES256',
  kid: 'k',
  orgnrParent: '999977774',
  orgnrChild: '999977776',
  tokenHash: 't',
  spend: { hash: HASH, exp: Math.floor(NOW / 1000) + 60 },
}
const envelope = (given: object = {}) => ({
  specversion: '1.0',
  id: uuid7(NOW),
  source: '/tillit/test/signing-key',
  type: eventTypes.tokenIntent,
  time: new Date(NOW).toISOString(),
  producer: 'signing-key/a',
  epoch: 'e1',
  stream: 'ISSUANCE_3',
  n: 4,
  data: intent,
  ...given,
})
const message = (data: string | Uint8Array, subject = 'issuance.rec.3'): DrainedMessage => ({
  subject,
  data: typeof data === 'string' ? new TextEncoder().encode(data) : data,
  seq: 17,
  timestampMs: NOW,
  redelivered: false,
})
const parse = (value: unknown, subject?: string) => parseMessage(message(JSON.stringify(value), subject), 'S', NOW)
const reasonOf = (parsed: ReturnType<typeof parseMessage>): string | undefined =>
  parsed.record === undefined ? parsed.malformed.reason : undefined

describe('parseMessage', () => {
  it('takes an intent apart and keeps its bytes', () => {
    const text = `  ${JSON.stringify(envelope())}\n`
    const parsed = parseMessage(message(text), 'ISSUANCE_3', NOW)
    expect(parsed.record).toMatchObject({
      type: eventTypes.tokenIntent,
      producer: 'signing-key/a',
      epoch: 'e1',
      stream: 'ISSUANCE_3',
      n: 4,
      timeMs: NOW,
      broker: { stream: 'ISSUANCE_3', seq: 17, storedMs: NOW },
      clientId: 'ehr',
      jti: 'j1',
      organisations: ['999977774', '999977776'],
      spend: { hash: HASH, expMs: intent.spend.exp * 1000 },
      body: text,
    })
  })

  it('takes out what an outcome is about, and what a heartbeat announces', () => {
    const about = { epoch: 'e1', stream: 'ISSUANCE_3', n: 2 }
    const data = { jti: 'j', clientId: 'ehr', value: 'unsigned', reason: 'deadline', about }
    expect(parse(envelope({ type: eventTypes.tokenOutcome, data })).record?.about).toEqual(about)
    const beat = envelope({ type: eventTypes.producerClosed, data: { last: { AUDIT_EVENTS: 3, bad: 1e300, none: 0 } } })
    expect(parse(beat, 'audit.evt.signing-key').record?.beat).toEqual({ closed: true, last: { AUDIT_EVENTS: 3 } })
  })

  it('a refused replay does not spend again', () => {
    const data = { requester: 'token', clientId: 'ehr', purpose: 'token.issued', spend: intent.spend }
    expect(parse(envelope({ type: eventTypes.replayRefused, data })).record?.spend).toBeUndefined()
    expect(parse(envelope({ type: eventTypes.assertionSpent, data })).record?.spend).toBeDefined()
  })

  it.each([
    ['not JSON', '{"specversion":'],
    ['a list', '[]'],
    ['null', 'null'],
    ['an empty message', ''],
    ['a byte order mark', `\ufeff${JSON.stringify(envelope())}`],
    ['no n', JSON.stringify({ ...envelope(), n: undefined })],
    ['n = 0', JSON.stringify(envelope({ n: 0 }))],
  ])('sets aside %s', (_name, text) => {
    expect(reasonOf(parseMessage(message(text), 'S', NOW))).toBe('not an envelope')
  })

  it('sets aside what is not UTF-8, byte by byte', () => {
    const raw = new Uint8Array([0x7b, 0xff, 0xfe])
    expect(parseMessage(message(raw), 'S', NOW)).toEqual({
      malformed: { brokerStream: 'S', seq: 17, subject: 'issuance.rec.3', reason: 'not UTF-8', raw },
    })
  })

  it.each([
    [{ id: 'abc' }, 'id is not a UUIDv7'],
    [{ id: '0196f0a0-0000-4000-8000-000000000000' }, 'id is not a UUIDv7'],
    [{ id: uuid7(NOW - 60 * 86_400_000) }, 'the time in the id is far off'],
    [{ id: uuid7(NOW + 3 * 86_400_000) }, 'the time in the id is far off'],
    [{ n: 2 ** 60 }, 'n is too large'],
    [{ epoch: 'x'.repeat(600) }, 'a name is too long or has an unusable character'],
    [{ stream: 'a\u0000b' }, 'a name is too long or has an unusable character'],
  ])('sets aside %j', (given, reason) => {
    expect(reasonOf(parse(envelope(given)))).toBe(reason)
  })

  it('J01 a service speaks for itself only', () => {
    const forged = envelope({ producer: 'signing-key/a', type: eventTypes.producerClosed, data: { last: {} } })
    expect(reasonOf(parse(forged, 'audit.evt.token'))).toBe('the producer is another')
    expect(reasonOf(parse(envelope({ producer: 'signing-keyx/a' })))).toBe('the producer is another')
    expect(reasonOf(parse(envelope(), 'elsewhere'))).toBe('the producer is another')
  })

  it('a captured token service cannot make an issued token look unsigned', () => {
    const about = { epoch: 'e1', stream: 'ISSUANCE_3', n: 4 }
    const data = { jti: 'j1', clientId: 'ehr', value: 'unsigned', reason: 'deadline', about }
    const forged = envelope({ type: eventTypes.tokenOutcome, producer: 'token/a', data })
    expect(reasonOf(parse(forged, 'audit.evt.token'))).toBe('not a record of this producer')
    const read = envelope({ type: eventTypes.auditRead, producer: 'token/a' })
    expect(reasonOf(parse(read, 'audit.evt.token'))).toBe('not a record of this producer')
  })

  it('keeps an unknown type and data that it does not believe, and says so', () => {
    const unknown = parse(envelope({ type: 'no.tillit.token.intent.v2' }))
    expect(unknown).toMatchObject({ doubt: 'unknown type', record: { organisations: [] } })
    const odd = parse(envelope({ data: { ...intent, clientId: { contains: '' } } }))
    expect(odd).toMatchObject({ doubt: 'data is not what its type says', record: { n: 4 } })
    expect(odd.record?.clientId).toBeUndefined()
    const far = parse(envelope({ data: { ...intent, spend: { hash: HASH, exp: 9_999_999_999 } } }))
    expect([far.record?.spend, 'doubt' in far && far.doubt]).toEqual([undefined, 'the spend expires far off'])
  })

  it('I07 a client id that no index takes is left out of the columns, the record stays', () => {
    for (const clientId of ['a\u0000b', 'x'.repeat(600), '\ud800']) {
      const { record } = parse(envelope({ data: { ...intent, clientId } }))
      expect([record?.clientId, record?.jti]).toEqual([undefined, 'j1'])
    }
    expect(parse(envelope({ data: { ...intent, clientId: "a\r\n' OR 1" } })).record?.clientId).toBe("a\r\n' OR 1")
  })
})
