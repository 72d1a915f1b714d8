import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { decodeBase64url, decodeBase64urlText, encodeBase64url, utf8Text } from './base64url.js'

describe('base64url', () => {
  it('decodes what it encodes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeBase64url(encodeBase64url(bytes))).toEqual(Buffer.from(bytes))
      }),
    )
  })

  it('encodes text as UTF-8, and a view without its neighbours', () => {
    expect(encodeBase64url('blåbær')).toBe(Buffer.from('blåbær').toString('base64url'))
    expect(encodeBase64url(new Uint8Array([1, 2, 3, 4]).subarray(1, 3))).toBe('AgM')
  })

  it.each([
    ['padding', 'YQ=='],
    ['a space', 'Y Q'],
    ['a newline', 'YQ\n'],
    ['the other alphabet', 'a+b/'],
    ['bits beyond the last byte', 'YR'],
    ['a lone character', 'YWJjZ'],
    ['a dot', 'YQ.'],
    ['a character whose low byte is a letter', '\u0159Q'],
    ['a character outside ASCII', 'YQå'],
  ])('B11 refuses %s', (_what, text) => {
    expect(decodeBase64url(text)).toBeUndefined()
    expect(decodeBase64urlText(text)).toBeUndefined()
  })

  it('B11 never takes two texts for one value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const bytes = decodeBase64url(text)
        if (bytes !== undefined) expect(encodeBase64url(bytes)).toBe(text)
      }),
    )
  })

  it('takes the empty text for no bytes', () => {
    expect(decodeBase64url('')).toEqual(Buffer.alloc(0))
  })
})

describe('UTF-8', () => {
  it('agrees with a fatal decoder on every byte string', () => {
    const fatal = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    const strict = (bytes: Uint8Array): string | undefined => {
      try {
        return fatal.decode(bytes)
      } catch {
        return undefined
      }
    }
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc.string({ unit: 'binary' }).map((s) => new Uint8Array(Buffer.from(s))),
      fc.constantFrom('\uFFFD', 'a\uFFFDb').map((s) => new Uint8Array(Buffer.from(s))),
      fc
        .constantFrom([0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xef, 0xbf, 0xbd, 0xff], [0xf4, 0x90, 0x80, 0x80])
        .map((b) => Uint8Array.from(b)),
    )
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(utf8Text(Buffer.from(bytes))).toBe(strict(bytes))
      }),
      { numRuns: 2_000 },
    )
  })

  it('keeps a real replacement character', () => {
    expect(decodeBase64urlText(encodeBase64url('\uFFFD'))).toBe('\uFFFD')
    expect(decodeBase64urlText(encodeBase64url(Buffer.from([0xff])))).toBeUndefined()
  })
})
