import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { ADVERSARIAL } from './keys.fixture.js'
import { isJsonObject, parseJsonObject } from './json.js'

const DANGEROUS = ['__proto__', 'constructor', 'prototype']

describe('parseJsonObject', () => {
  it('parses an object', () => {
    expect(parseJsonObject(' {"a": [1, {"b": "x:y"}], "c": {"b": null}} ')).toEqual({
      a: [1, { b: 'x:y' }],
      c: { b: null },
    })
    expect(parseJsonObject('{}')).toEqual({})
  })

  it.each([
    '',
    'null',
    '1',
    '"a"',
    '[]',
    '[{}]',
    '{',
    '{"a":1}}',
    '{"a":1}{',
    '{"a":1,}',
    "{'a':1}",
    '\uFEFF{}',
    '{"a":01}',
  ])('refuses %j', (text) => {
    expect(parseJsonObject(text)).toBeUndefined()
  })

  it.each([
    '{"a":1,"a":1}',
    '{"a":1,"\\u0061":2}',
    '{"x":{"a":1,"a":2}}',
    '{"x":[{"a":1},{"b":1,"b":1}]}',
    '{"a":{"b":1},"a":{}}',
    '{"\\"":1,"\\"":2}',
  ])('E05 refuses the repeated name in %s', (text) => {
    expect(parseJsonObject(text)).toBeUndefined()
  })

  it.each(['{"a":{"a":1}}', '{"a":"\\":","b":"\\\\"}', '{"a:":":"}', '{"\\\\":1,"\\\\\\"":2}'])(
    'takes %s, where nothing is repeated',
    (text) => {
      expect(parseJsonObject(text)).toEqual(JSON.parse(text))
    },
  )

  it.each(DANGEROUS)('E05 refuses a member named %s at any depth and leaves Object.prototype alone', (name) => {
    const before = Object.getOwnPropertyNames(Object.prototype)
    const escaped = `\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}`
    expect(parseJsonObject(`{"${name}":{"polluted":true}}`)).toBeUndefined()
    expect(parseJsonObject(`{"${escaped}":{"polluted":true}}`)).toBeUndefined()
    expect(parseJsonObject(`{"a":[{"${name}":1}]}`)).toBeUndefined()
    expect(parseJsonObject(`{"a":"${name}"}`)).toEqual({ a: name })
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
    expect({}).not.toHaveProperty('polluted')
  })

  it('E05 refuses depth 10,000 and 1,000,000 without overflowing the stack', () => {
    for (const depth of [10_000, 1_000_000]) {
      const limits = { maxLength: 10_000_000, maxDepth: 16 }
      expect(parseJsonObject(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`, limits)).toBeUndefined()
      expect(parseJsonObject(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`, limits)).toBeUndefined()
    }
  })

  it('takes the allowed depth and length, and no more', () => {
    const limits = { maxLength: 12, maxDepth: 3 }
    expect(parseJsonObject('{"a":[[12]]}', limits)).toEqual({ a: [[12]] })
    expect(parseJsonObject('{"a":[[123]]}', limits)).toBeUndefined()
    expect(parseJsonObject('{"a":[[[]]]}', limits)).toBeUndefined()
    expect(parseJsonObject('{"a":[],"b":[[]]}', { maxLength: 100, maxDepth: 3 })).toEqual({ a: [], b: [[]] })
  })

  it('does not count brackets inside strings', () => {
    expect(parseJsonObject('{"a":"[[[[[[[[[[[[[[[[[[[["}')).toEqual({ a: '[[[[[[[[[[[[[[[[[[[[' })
  })

  it('E07 refuses or reads adversarial text', () => {
    const limits = { maxLength: 1_000_000, maxDepth: 16 }
    for (const text of ADVERSARIAL) {
      expect(parseJsonObject(text, limits)).toBeUndefined()
      expect(parseJsonObject(`{"a":"${text}`, limits)).toBeUndefined()
      const json = JSON.stringify({ a: text })
      expect(parseJsonObject(json, limits)).toEqual({ a: text })
      expect(parseJsonObject(json)).toBeUndefined()
    }
  })

  it('agrees with JSON.parse on every object without dangerous names', () => {
    const name = fc.string({ maxLength: 4 }).filter((n) => !DANGEROUS.includes(n))
    const object = fc.dictionary(
      name,
      fc.letrec((tie) => ({
        value: fc.oneof(
          { maxDepth: 3 },
          fc.string(),
          fc.integer(),
          fc.boolean(),
          fc.constant(null),
          fc.array(tie('value')),
          fc.dictionary(name, tie('value')),
        ),
      })).value,
    )
    fc.assert(
      fc.property(object, (value) => {
        const text = JSON.stringify(value)
        expect(parseJsonObject(text)).toEqual(JSON.parse(text))
      }),
    )
  })

  it('never throws and never invents: whatever it returns, JSON.parse returns too', () => {
    const noise = fc.stringMatching(/^[{}[\]":,\\ab1 ]{0,20}$/)
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          noise,
          noise.map((s) => `{${s}}`),
        ),
        (text) => {
          const value = parseJsonObject(text)
          if (value !== undefined) expect(value).toEqual(JSON.parse(text))
        },
      ),
      { numRuns: 5_000 },
    )
  })
})

describe('isJsonObject', () => {
  it('is true for objects only', () => {
    expect([{}, [], null, 'a', 1, undefined].map(isJsonObject)).toEqual([true, false, false, false, false, false])
  })
})
