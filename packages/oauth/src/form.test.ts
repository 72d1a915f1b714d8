import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { parseForm, type FormParameters } from './form.js'
import { ADVERSARIAL, expectRefusal, resultOrRefusal } from './keys.fixture.js'
import { OAuthError } from './oauth-error.js'

describe('parseForm', () => {
  it('decodes names and values', () => {
    const form = parseForm('a=1&b%20c=x+y%2Bz&%C3%A6=%E2%82%AC&d=a=b')
    expect(form.get('a')).toBe('1')
    expect(form.get('b c')).toBe('x y+z')
    expect(form.get('æ')).toBe('€')
    expect(form.get('d')).toBe('a=b')
    expect(form.get('e')).toBeUndefined()
  })

  it('reads a Buffer as it reads text', () => {
    const form = parseForm(Buffer.from('a=%C3%A6&b=2'))
    expect([form.get('a'), form.get('b')]).toEqual(['æ', '2'])
  })

  it('counts a parameter without a value as omitted', () => {
    const form = parseForm('a=&b&resource=&c=1')
    expect([form.get('a'), form.get('b'), form.has('a'), form.has('b')]).toEqual([undefined, undefined, false, false])
    expect(form.has('resource')).toBe(false)
    expect(form.has('c')).toBe(true)
  })

  it('has nothing in an empty body', () => {
    const form = parseForm('')
    expect([form.get(''), form.all('resource'), form.has('a')]).toEqual([undefined, [], false])
  })

  it.each(['a=1&a=1', 'a=1&%61=2', 'a=&a=1', 'a&a'])('A19 refuses the duplicate in %s', (body) => {
    expectRefusal(() => parseForm(body), 'invalid_request', 'the parameter a occurs more than once')
  })

  it('lets resource and audience repeat, in order', () => {
    const form = parseForm('resource=b&resource=a&audience=x&resource=&resource=b')
    expect(form.all('resource')).toEqual(['b', 'a', 'b'])
    expect(form.all('audience')).toEqual(['x'])
    expect(form.has('audience')).toBe(true)
    expect(form.get('resource')).toBeUndefined()
  })

  it.each(['a=%', 'a=%4', 'a=%zz', 'a=%ff', 'a=%C3', 'a=%ED%A0%80', 'a=%C0%AF', '%=1', 'a=%F4%90%80%80'])(
    'refuses the escape in %s',
    (body) => {
      expectRefusal(() => parseForm(body), 'invalid_request', 'percent escape')
    },
  )

  it.each(['a=b c', 'a=æ', 'a=1\n', 'a=\t', 'a=\u007f', '\uFEFFa=1'])('refuses the raw character in %j', (body) => {
    expectRefusal(() => parseForm(body), 'invalid_request', 'not percent-encoded')
    expectRefusal(() => parseForm(Buffer.from(body)), 'invalid_request', 'not percent-encoded')
  })

  it.each(['a=%00', 'a=x%0d%0ay', '%0A=1', 'a=%7F', 'a=%C2%85'])('I07 refuses the control character in %s', (body) => {
    expectRefusal(() => parseForm(body), 'invalid_request', 'control character')
  })

  it.each(['&', 'a=1&', '&a=1', 'a=1&&b=2', '=1', 'a=1&=2'])('refuses the nameless parameter in %s', (body) => {
    expectRefusal(() => parseForm(body), 'invalid_request', 'no name')
  })

  it('keeps its limits', () => {
    const limits = { maxBytes: 9, maxParameters: 2, repeatable: new Set<string>() }
    expect(parseForm('a=1&b=234', limits).get('b')).toBe('234')
    expectRefusal(() => parseForm('a=1&b=2345', limits), 'invalid_request', 'larger than 9')
    expectRefusal(() => parseForm('a&b&c', limits), 'invalid_request', 'more than 2 parameters')
    expectRefusal(() => parseForm('a'.repeat(65_537)), 'invalid_request', 'larger than 65536')
    expect(parseForm(Array.from({ length: 40 }, (_, i) => `p${i}=1`).join('&')).get('p39')).toBe('1')
    expectRefusal(() => parseForm(Array.from({ length: 41 }, (_, i) => `p${i}=1`).join('&')), 'invalid_request', '40')
  })

  it('E05 takes the names of object members as ordinary names', () => {
    const form = parseForm('__proto__=1&constructor=2')
    expect([form.get('__proto__'), form.get('constructor'), form.get('toString')]).toEqual(['1', '2', undefined])
    expect(form.all('toString')).toEqual([])
  })

  it('shows only the beginning of a long name', () => {
    const name = 'n'.repeat(50)
    expectRefusal(() => parseForm(`${name}=1&${name}=1`), 'invalid_request', `parameter ${'n'.repeat(40)}... occurs`)
  })

  it('E07 refuses adversarial text', () => {
    for (const text of ADVERSARIAL) expectRefusal(() => parseForm(`a=${text}`), 'invalid_request')
  })

  it('reads whatever URLSearchParams writes', () => {
    const printable = fc
      .string({ unit: 'grapheme', maxLength: 20 })
      .filter((s) => s.isWellFormed() && !/\p{Cc}/u.test(s))
    const name = printable.filter((s) => s !== '' && s !== 'resource' && s !== 'audience')
    fc.assert(
      fc.property(fc.dictionary(name, printable, { maxKeys: 10 }), (record) => {
        const form = parseForm(new URLSearchParams(record).toString())
        for (const [key, value] of Object.entries(record)) expect(form.get(key) ?? '').toBe(value)
      }),
    )
  })

  it('never throws anything but OAuthError, and agrees with URLSearchParams where it accepts', () => {
    const piece = fc.constantFrom('a', 'b', '=', '&', '%', '%41', '%C3%A6', '%ff', '+', ' ', 'æ', '%00', '%26', '%3D')
    const body = fc.oneof(
      fc.array(piece, { maxLength: 12 }).map((p) => p.join('')),
      fc.string({ unit: 'binary' }),
    )
    fc.assert(
      fc.property(body, (text) => {
        const form = resultOrRefusal<FormParameters>(() => parseForm(text))
        if (form instanceof OAuthError) expect(form.code).toBe('invalid_request')
        else for (const [key, value] of new URLSearchParams(text)) expect(form.get(key) ?? '').toBe(value)
      }),
      { numRuns: 3_000 },
    )
  })
})
