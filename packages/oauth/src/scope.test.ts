import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { ADVERSARIAL, expectRefusal, resultOrRefusal } from './keys.fixture.js'
import { OAuthError } from './oauth-error.js'
import { audienceOfScope, IDENTITY_SCOPES, isIdentityScope, parseScope } from './scope.js'

describe('parseScope', () => {
  it('keeps the order and each name once', () => {
    expect(parseScope('b a b nhn:x/y.z *')).toEqual(['b', 'a', 'nhn:x/y.z', '*'])
    expect(parseScope('helseid://scopes/identity/pid')).toEqual(['helseid://scopes/identity/pid'])
  })

  it.each(['', ' ', ' a', 'a ', 'a  b', 'a\tb', 'a\nb', '"a"', 'a\\b', 'æ', 'a\u00a0b', 'a\u0000', 'a\n'])(
    'refuses %j',
    (text) => {
      expectRefusal(() => parseScope(text), 'invalid_scope', 'one space between')
    },
  )

  it('keeps its limits', () => {
    expect(parseScope('a'.repeat(8_192))).toHaveLength(1)
    expectRefusal(() => parseScope('a'.repeat(8_193)), 'invalid_scope', 'longer than 8192')
    const names = (n: number): string => Array.from({ length: n }, (_, i) => `s${i}`).join(' ')
    expect(parseScope(names(200))).toHaveLength(200)
    expectRefusal(() => parseScope(names(201)), 'invalid_scope', 'more than 200')
  })

  it('E07 refuses adversarial text', () => {
    for (const text of ADVERSARIAL) {
      expectRefusal(() => parseScope(text), 'invalid_scope')
      expectRefusal(() => parseScope(`${text.slice(0, 8_000)}"`), 'invalid_scope')
    }
  })

  it('accepts exactly the grammar of RFC 6749 section 3.3', () => {
    const piece = fc.constantFrom('a', 'b', '!', '#', '[', ']', '~', ' ', '"', '\\', '\u007f', 'é', '\t')
    const outside = (name: string): boolean =>
      Array.from(name).some((c) => c < '!' || c > '~' || c === '"' || c === '\\')
    const inGrammar = (text: string): boolean => text.split(' ').every((name) => name !== '' && !outside(name))
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 10 }).map((p) => p.join('')),
        (text) => {
          const result = resultOrRefusal(() => parseScope(text))
          if (result instanceof OAuthError) expect(inGrammar(text)).toBe(false)
          else expect(result).toEqual([...new Set(text.split(' '))])
        },
      ),
      { numRuns: 3_000 },
    )
  })
})

describe('audienceOfScope', () => {
  it.each([
    ['nhn:siffer-tjeneste/api', 'nhn:siffer-tjeneste'],
    ['hdir:kuhr-krav-api/a/b', 'hdir:kuhr-krav-api'],
    ['openid', undefined],
    ['profile', undefined],
    ['offline_access', undefined],
    ['helseid://scopes/identity/pid', undefined],
    ['nhn:tillitsrammeverk:parameters', undefined],
    ['/x', undefined],
    ['a/', 'a'],
  ])('%s -> %s', (scope, audience) => {
    expect(audienceOfScope(scope)).toBe(audience)
  })
})

describe('isIdentityScope', () => {
  it('is true for everything about the user', () => {
    for (const scope of IDENTITY_SCOPES) expect(isIdentityScope(scope)).toBe(true)
    expect(isIdentityScope('helseid://scopes/identity/new')).toBe(true)
    expect(isIdentityScope('helseid://scopes/hpr/new')).toBe(true)
    expect([...IDENTITY_SCOPES]).toEqual([
      ...['openid', 'profile', 'offline_access', 'helseid://scopes/identity/all', 'helseid://scopes/identity/pid'],
      ...['helseid://scopes/identity/pid_pseudonym', 'helseid://scopes/identity/security_level'],
      ...[
        'helseid://scopes/identity/assurance_level',
        'helseid://scopes/identity/network',
        'helseid://scopes/hpr/hpr_number',
      ],
    ])
  })

  it('is false for the client and for APIs', () => {
    for (const scope of ['helseid://scopes/client/info', 'nhn:api/openid', 'openid2', 'nhn:sfm:journal-id']) {
      expect(isIdentityScope(scope)).toBe(false)
    }
  })
})
