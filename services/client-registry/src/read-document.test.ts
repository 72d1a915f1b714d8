import { describe, expect, it } from '@jest/globals'
import { locate, readDocument } from './read-document.js'

describe('reading a document', () => {
  it('finds the line and column of a place', () => {
    const parsed = readDocument("clients:\n  - clientId: a\n    scopes: [x/y,\n      'z/w']\n")
    expect(parsed.place(['clients', 0, 'scopes', 1])).toEqual({ line: 4, column: 7 })
    expect(parsed.place(['clients', 0, 'missing'])).toEqual({ line: 2, column: 5 })
    expect(locate([{ path: ['clients', 0, 'clientId'], message: 'is bad' }], parsed)).toEqual([
      { line: 2, column: 15, text: 'clients.0.clientId: is bad' },
    ])
  })

  it('reads JSON as well', () => {
    expect(readDocument('{"clients": [{"clientId": "a"}]}').value).toEqual({ clients: [{ clientId: 'a' }] })
  })

  it.each([
    ['a repeated key', 'a: 1\nb: 2\na: 3\n', 3],
    ['broken text', 'a: [1\n', 2],
    ['an unknown tag', 'a: !!js/function "x"\n', 1],
    ['an alias without an anchor', 'a: *b\n', 1],
  ])('refuses %s with its line', (_name, text, line) => {
    const parsed = readDocument(text)
    expect(parsed.value).toBeUndefined()
    expect(parsed.problems[0]?.line).toBe(line)
  })

  it('E01 refuses aliases that multiply', () => {
    const lines = ['a0: &a0 [x]']
    for (let at = 1; at < 9; at++)
      lines.push(
        `a${at}: &a${at} [${Array(10)
          .fill(`*a${at - 1}`)
          .join(',')}]`,
      )
    expect(readDocument(lines.join('\n')).problems[0]?.message).toMatch(/alias/i)
  })
})
