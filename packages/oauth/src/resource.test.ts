import { describe, expect, it } from '@jest/globals'
import { ADVERSARIAL, expectRefusal } from './keys.fixture.js'
import { parseResources } from './resource.js'

describe('parseResources', () => {
  it('takes short names and URIs, each once, in order', () => {
    const values = ['nhn:b', 'https://api.example/path?x=1', 'nhn:b', 'e-helse:sfm.api']
    expect(parseResources(values)).toEqual(['nhn:b', 'https://api.example/path?x=1', 'e-helse:sfm.api'])
    expect(parseResources([])).toEqual([])
    expect(parseResources(['nhn:a'])).toEqual(['nhn:a'])
  })

  it.each([
    '',
    'nhn',
    ':a',
    'nhn:',
    '1a:b',
    'https://a.example/#f',
    'nhn:a b',
    'nhn:æ',
    'nhn:a"',
    'nhn:<a>',
    '//a.example',
    'nhn:a\n',
  ])('refuses %j', (value) => {
    expectRefusal(() => parseResources([value]), 'invalid_target', 'audience of an API')
    expectRefusal(() => parseResources(['nhn:a', value]), 'invalid_target')
  })

  it('keeps its limits', () => {
    expect(parseResources([`nhn:${'a'.repeat(252)}`])).toHaveLength(1)
    expectRefusal(() => parseResources([`nhn:${'a'.repeat(253)}`]), 'invalid_target')
    expect(parseResources(Array.from({ length: 20 }, (_, i) => `nhn:a${i}`))).toHaveLength(20)
    expectRefusal(
      () => parseResources(Array.from({ length: 21 }, (_, i) => `nhn:a${i}`)),
      'invalid_target',
      'More than 20',
    )
  })

  it('E07 refuses adversarial text', () => {
    for (const text of ADVERSARIAL) {
      expectRefusal(() => parseResources([text]), 'invalid_target')
      expectRefusal(() => parseResources([`nhn:${text}`]), 'invalid_target')
    }
  })
})
