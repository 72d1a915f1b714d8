import { describe, expect, it } from '@jest/globals'
import { createLogger, type Logger } from './log.js'

function capture(): { log: Logger; lines: () => string[] } {
  const written: string[] = []
  const log = createLogger({
    service: 'token',
    instance: 'token-1',
    level: 'debug',
    environment: 'test',
    destination: { write: (line) => void written.push(line) },
  })
  return { log, lines: () => written }
}
const parse = (line: string | undefined): Record<string, unknown> => JSON.parse(line ?? '') as Record<string, unknown>

describe('createLogger', () => {
  it('writes one JSON line an event, in the names of OpenTelemetry', () => {
    const { log, lines } = capture()
    log.info({ 'event.name': 'x.happened' }, 'It happened')
    expect(lines()).toHaveLength(1)
    expect(parse(lines()[0])).toMatchObject({
      severity: 'INFO',
      body: 'It happened',
      'event.name': 'x.happened',
      'service.name': 'token',
      'service.namespace': 'tillit',
      'service.instance.id': 'token-1',
    })
    expect(parse(lines()[0])['timestamp']).toMatch(/^\d{4}-\d\d-\d\dT/)
  })

  it('I07 keeps line breaks, ANSI codes and bidi marks out, and one event on one line', () => {
    const hostile = 'a\r\n{"severity":"FATAL"}\u001b[31mred\u009b31m\u202egnirts\u2066x\u2028y\u2029z\ufeff\u007f'
    const { log, lines } = capture()
    log.warn({ 'event.name': 'x', field: hostile, [hostile]: 1, err: new Error(hostile) }, hostile)
    const [line = ''] = lines()
    expect(lines()).toHaveLength(1)
    // eslint-disable-next-line no-control-regex -- these characters are what must not be there
    expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]/)
    expect(parse(line)).toMatchObject({ severity: 'WARN', field: hostile, body: hostile })
  })

  it('redacts secrets at every depth where they occur', () => {
    const canary = 'CANARY-7f3a'
    const { log, lines } = capture()
    const secrets = {
      client_assertion: canary,
      authorization: canary,
      dpop: canary,
      access_token: canary,
      password: canary,
      pid: canary,
    }
    log.error({ ...secrets, headers: secrets, request: { headers: secrets } }, 'x')
    expect(lines().join('')).not.toContain(canary)
    expect(lines().join('')).toContain('[redacted]')
  })

  it('an error keeps type, text, stack and causes, and none of its other members', () => {
    const { log, lines } = capture()
    const cause = Object.assign(new Error('inner'), { code: 'ECONNREFUSED', parameters: ['CANARY-1'] })
    log.error({ err: Object.assign(new TypeError('outer', { cause }), { query: 'CANARY-2' }) }, 'x')
    expect(lines()[0]).not.toContain('CANARY')
    expect(parse(lines()[0])['err']).toMatchObject({
      'exception.type': 'TypeError',
      'exception.message': 'outer',
      cause: { 'exception.message': 'inner', 'exception.code': 'ECONNREFUSED' },
    })
  })
})
