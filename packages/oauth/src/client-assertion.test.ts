import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { assertion, check, HEADER, key } from './assertion.fixture.js'
import { readClientAssertion } from './client-assertion.js'
import { parseForm } from './form.js'
import { importPublicJwk } from './jwk.js'
import { ADVERSARIAL, assertionForm, CLIENT_ID, expectRefusal, NOW, resultOrRefusal } from './keys.fixture.js'
import { OAuthError } from './oauth-error.js'

describe('readClientAssertion', () => {
  const read = (extra: Record<string, string>, authorization?: string): unknown =>
    readClientAssertion(assertionForm(assertion(), extra), authorization)

  it('gives the client and the unverified header', () => {
    const presented = readClientAssertion(assertionForm(assertion()))
    expect(presented.clientId).toBe(CLIENT_ID)
    expect(presented.jws.header).toMatchObject(HEADER)
  })

  it('B13 refuses two authentication methods', () => {
    expectRefusal(() => read({ client_secret: 's' }), 'invalid_request', 'leave out client_secret')
    expectRefusal(() => read({}, 'Basic YTpi'), 'invalid_request', 'leave out Authorization header')
    expectRefusal(() => read({}, ''), 'invalid_request', 'Authorization header')
  })

  it('A02 refuses another method alone, or none, with 401', () => {
    const bare = `client_id=${CLIENT_ID}`
    expectRefusal(() => readClientAssertion(parseForm(bare)), 'invalid_client', /private_key_jwt\)$/)
    expectRefusal(
      () => readClientAssertion(parseForm(`${bare}&client_secret=s`)),
      'invalid_client',
      'client_secret is not accepted',
    )
    expectRefusal(
      () => readClientAssertion(parseForm(bare), 'Basic YTpi'),
      'invalid_client',
      'Authorization header is not accepted',
    )
    expectRefusal(() => readClientAssertion(parseForm(`${bare}&client_assertion=`)), 'invalid_client')
  })

  it('refuses another or no client_assertion_type', () => {
    for (const type of ['', 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer']) {
      expectRefusal(() => read({ client_assertion_type: type }), 'invalid_client', 'client_assertion_type must be')
    }
  })

  it('refuses a client_id that is missing or not ours', () => {
    expectRefusal(() => read({ client_id: '' }), 'invalid_request', 'client_id is missing')
    for (const id of ['a b', 'a.b', '*', '>', 'a/b', 'æ', 'a'.repeat(101), '__proto__.x', "' OR 1=1"]) {
      expectRefusal(() => read({ client_id: id }), 'invalid_client', 'client_id')
    }
    expect(read({ client_id: 'a'.repeat(100) })).toMatchObject({ clientId: 'a'.repeat(100) })
  })

  it.each(['client-authentication+jwt', 'JWT', 'jwt', 'Client-Authentication+JWT', undefined])(
    'takes typ %j',
    (typ) => {
      expect(check(assertion({}, { typ })).jti).toBe('id-1')
    },
  )

  it.each(['at+jwt', 'dpop+jwt', 'logout+jwt', 'oauth-authz-req+jwt', 'secevent+jwt', '', 'JWS', 'application/jwt'])(
    'B12 A11 refuses typ %j',
    (typ) => {
      expectRefusal(() => check(assertion({}, { typ })), 'invalid_client', 'typ')
    },
  )

  it('E04 refuses an assertion of more than 32 kB', () => {
    expectRefusal(
      () => check(assertion({ filler: 'x'.repeat(33_000) })),
      'invalid_client',
      'The client_assertion is larger than 32768',
    )
  })
})

describe('checkClientAssertion', () => {
  it('accepts a correct assertion', () => {
    expect(check(assertion())).toEqual({
      jti: 'id-1',
      exp: NOW + 30,
      iat: NOW,
      nbf: undefined,
      alg: 'ES256',
      kid: 'k1',
      thumbprint: importPublicJwk(key.jwk).thumbprint,
      usedLegacyAudience: false,
      assertionDetails: undefined,
    })
  })

  describe('details', () => {
    const detail = { type: 'nhn:sfm:journal-id', value: { journal_id: 'x' } }
    const other = { type: 'helseid_authorization', practitioner_role: { a: [1, null], b: 'x' } }

    it('T7 takes both names and both shapes', () => {
      expect(check(assertion({ assertion_details: detail })).assertionDetails).toEqual([detail])
      expect(check(assertion({ assertion_details: [detail, other] })).assertionDetails).toEqual([detail, other])
      expect(check(assertion({ authorization_details: detail })).assertionDetails).toEqual([detail])
      expect(check(assertion({ authorization_details: [] })).assertionDetails).toEqual([])
      expect(check(assertion({ assertion_details: null })).assertionDetails).toEqual([null])
    })

    it('T7 takes both names at once when they say the same', () => {
      const reordered = { practitioner_role: { b: 'x', a: [1, null] }, type: 'helseid_authorization' }
      expect(
        check(assertion({ assertion_details: [other], authorization_details: reordered })).assertionDetails,
      ).toEqual([other])
    })

    it.each([
      [[other], [detail]],
      [[other], []],
      [
        [other, detail],
        [detail, other],
      ],
      [[{ a: 1 }], [{ a: 1, b: 2 }]],
      [[{ a: 1, b: 2 }], [{ a: 1, c: 2 }]],
      [[{ a: [1] }], [{ a: { 0: 1 } }]],
      [[{ a: null }], [{ a: {} }]],
      [[{ a: '1' }], [{ a: 1 }]],
      [[{ a: {} }], [{ a: 'x' }]],
      [[{ a: '' }], [{ a: {} }]],
      [[{ a: {} }], [{ a: '' }]],
      [[{ a: {} }], [{ a: null }]],
    ])('refuses different content under the two names: %j and %j', (a, b) => {
      const compact = assertion({ assertion_details: a, authorization_details: b })
      expectRefusal(() => check(compact), 'invalid_request', 'differ')
    })
  })

  it('E07 refuses adversarial text in every claim and header member', () => {
    for (const text of ADVERSARIAL) {
      const short = text.slice(0, 4_000)
      for (const name of ['iss', 'sub', 'aud', 'iat', 'exp', 'nbf', 'jti']) {
        expectRefusal(() => check(assertion({ [name]: short })), 'invalid_client')
        expect(resultOrRefusal(() => check(assertion({ [name]: text })))).toBeInstanceOf(OAuthError)
      }
      for (const name of ['kid', 'typ', 'alg', 'crit'])
        expectRefusal(() => check(assertion({}, { [name]: short })), 'invalid_client')
      for (const name of ['client_id', 'client_assertion', 'client_assertion_type']) {
        const read = (): unknown => readClientAssertion(assertionForm(assertion(), { [name]: text }))
        expect(resultOrRefusal(read)).toBeInstanceOf(OAuthError)
      }
    }
  })

  it('never throws anything but OAuthError, and takes no claim of another type', () => {
    const name = fc.constantFrom(
      'iss',
      'sub',
      'aud',
      'iat',
      'exp',
      'nbf',
      'jti',
      'assertion_details',
      'authorization_details',
    )
    fc.assert(
      fc.property(name, fc.jsonValue(), (claim, value) => {
        const result = resultOrRefusal(() => check(assertion({ [claim]: value })))
        if (result instanceof OAuthError) expect(['invalid_client', 'invalid_request']).toContain(result.code)
        else expect(['iat', 'nbf', 'exp', 'jti', 'assertion_details', 'authorization_details']).toContain(claim)
      }),
      { numRuns: 500 },
    )
  })
})
