import { describe, expect, it } from '@jest/globals'
import { OAuthError } from '@tillit/oauth'
import { cursorAfter, parseEventQuery, parseGapQuery } from './parse-query.js'
import type { RawQuery } from './parse-query.js'

const NOW = Date.parse('2026-03-01T12:00:00Z')
const DAY = 86_400_000
const refused = (raw: RawQuery): string => {
  try {
    parseEventQuery(raw, NOW)
  } catch (err) {
    if (err instanceof OAuthError && err.code === 'invalid_request') return err.publicText
    throw err
  }
  return 'accepted'
}

describe('parseEventQuery', () => {
  it('without filters: the last 31 days, 50 items', () => {
    expect(parseEventQuery({}, NOW)).toEqual({ fromMs: NOW + 1 - 31 * DAY, toMs: NOW + 1, limit: 50 })
  })

  it('takes every filter in its form', () => {
    const id = '0196f0a0-0000-7000-8000-000000000000'
    const raw = {
      clientId: 'ehr:granfjelldal/1',
      organisation: '999977774',
      jti: 'abc-DEF_1',
      type: 'no.tillit.token.intent.v1',
      from: '2026-02-01T00:00:00+01:00',
      to: '2026-02-02T00:00:00.5Z',
      limit: '200',
      cursor: cursorAfter({ timeMs: 7, id }),
    }
    expect(parseEventQuery(raw, NOW)).toEqual({
      clientId: raw.clientId,
      organisation: raw.organisation,
      jti: raw.jti,
      type: raw.type,
      fromMs: Date.parse(raw.from),
      toMs: Date.parse(raw.to),
      limit: 200,
      before: { timeMs: 7, id },
    })
  })

  it.each(['clientId', 'organisation', 'jti', 'type', 'from', 'to', 'limit', 'cursor'])(
    'I06 refuses SQL, operator objects, arrays and control characters in %s',
    (name) => {
      const hostile = [
        "'; --",
        '{"contains":""}',
        { contains: '' },
        ['a', 'b'],
        'a\r\nb',
        '\u001b[31m',
        '\u202e',
        '',
        7,
      ]
      for (const value of hostile) expect(refused({ [name]: value })).toMatch(new RegExp(`^${name} must be .*once$`))
    },
  )

  it('I06 refuses parameters that it does not know, without repeating them', () => {
    expect(refused({ 'clientId[contains]': '' })).toMatch(/^unknown parameter; known are clientId/)
    expect(refused({ __proto__x: '1' })).not.toContain('__proto__')
  })

  it.each([
    [{ limit: '0' }, /limit must be 1 to 200/],
    [{ limit: '201' }, /limit must be 1 to 200/],
    [{ limit: '1e2' }, /limit must be 1 to 200/],
    [{ organisation: '٩٩٩٩٧٧٧٧٤' }, /nine digits/],
    [{ from: '2026-02-30' }, /RFC 3339/],
    [{ from: '2026-13-01T00:00:00Z' }, /RFC 3339/],
    [{ from: '2026-03-02T00:00:00Z' }, /from must be before to/],
    [{ from: '2020-01-01T00:00:00Z' }, /366 days apart/],
    [{ cursor: 'bm9wZQ' }, /cursor must be the 'next'/],
    [{ cursor: `${cursorAfter({ timeMs: 7, id: '0196f0a0-0000-7000-8000-000000000000' })}=` }, /cursor must be/],
  ])('refuses %j', (raw, text) => {
    expect(refused(raw)).toMatch(text)
  })
})

describe('parseGapQuery', () => {
  it('lists all unless open ones are asked for', () => {
    expect(parseGapQuery({})).toEqual({ openOnly: false, limit: 50 })
    expect(parseGapQuery({ state: 'open', limit: '3' })).toEqual({ openOnly: true, limit: 3 })
    expect(() => parseGapQuery({ state: 'shut' })).toThrow(/state must be open or all/)
    expect(() => parseGapQuery({ clientId: 'x' })).toThrow(/unknown parameter/)
  })
})
