import { describe, expect, it } from '@jest/globals'
import { assertion, check, CLAIMS, HEADER, key, refuses } from './assertion.fixture.js'
import { readClientAssertion } from './client-assertion.js'
import { assertionForm, CLIENT_ID, expectRefusal, ISSUER, jwsWith, NOW, TOKEN_ENDPOINT } from './keys.fixture.js'

describe('audience', () => {
  const legacy = { legacyAudience: true }

  it('B01 refuses the token endpoint and the trailing slash, naming the flag', () => {
    for (const aud of [TOKEN_ENDPOINT, `${ISSUER}/`]) refuses({ aud }, 'legacyAssertionAudience')
  })

  it('B01 takes them with the flag, and says that it was used', () => {
    for (const aud of [TOKEN_ENDPOINT, `${ISSUER}/`])
      expect(check(assertion({ aud }), legacy).usedLegacyAudience).toBe(true)
    expect(check(assertion(), legacy).usedLegacyAudience).toBe(false)
  })

  it('B01 refuses every other audience, with and without the flag', () => {
    const others = [
      `${ISSUER}/connect/par`,
      `${TOKEN_ENDPOINT}/`,
      ISSUER.toUpperCase(),
      'https://issuer.example.org',
      '',
      null,
      1,
      {},
      undefined,
    ]
    for (const aud of others) {
      refuses({ aud }, `aud must be ${ISSUER}`)
      expectRefusal(() => check(assertion({ aud }), legacy), 'invalid_client', 'aud must be')
    }
  })

  it('B02 refuses an array, even with only the issuer, with and without the flag', () => {
    for (const aud of [[ISSUER], [ISSUER, TOKEN_ENDPOINT], [TOKEN_ENDPOINT], []]) {
      refuses({ aud }, 'not an array')
      expectRefusal(() => check(assertion({ aud }), legacy), 'invalid_client', 'not an array')
    }
  })
})

describe('times', () => {
  it('B04 takes 60 s from iat, else from nbf, and not one more', () => {
    expect(check(assertion({ exp: NOW + 60 })).exp).toBe(NOW + 60)
    refuses({ exp: NOW + 61 }, 'at most 60 s')
    expect(check(assertion({ iat: undefined, nbf: NOW, exp: NOW + 60 }))).toMatchObject({ nbf: NOW, iat: undefined })
    refuses({ iat: undefined, nbf: NOW, exp: NOW + 61 }, 'at most 60 s')
    refuses({ iat: NOW - 40, nbf: NOW, exp: NOW + 30 }, 'at most 60 s')
    expect(check(assertion({ iat: NOW, nbf: NOW - 1_000, exp: NOW + 60 })).nbf).toBe(NOW - 1_000)
  })

  it('B04 takes exp up to 70 s ahead, which only a fast clock reaches', () => {
    expect(check(assertion({ iat: NOW + 10, exp: NOW + 70 })).exp).toBe(NOW + 70)
    refuses({ iat: NOW + 10, exp: NOW + 71 }, 'at most 60 s')
  })

  it('B04 refuses a missing exp, jti, or both iat and nbf', () => {
    refuses({ exp: undefined }, 'exp')
    refuses({ jti: undefined }, 'jti')
    refuses({ iat: undefined }, 'iat or nbf')
  })

  it('B04 refuses an expired assertion', () => {
    expect(check(assertion({ iat: NOW - 30, exp: NOW + 1 })).exp).toBe(NOW + 1)
    refuses({ iat: NOW - 30, exp: NOW }, 'expired')
    refuses({ iat: NOW - 330, exp: NOW - 300 }, 'expired')
  })

  it('B06 takes iat and nbf 10 s ahead, and not 11 or 61', () => {
    expect(check(assertion({ iat: NOW + 10, exp: NOW + 40 })).iat).toBe(NOW + 10)
    expect(check(assertion({ nbf: NOW + 10 })).nbf).toBe(NOW + 10)
    expect(check(assertion({ iat: undefined, nbf: NOW + 8 })).nbf).toBe(NOW + 8)
    for (const ahead of [11, 61]) {
      refuses({ iat: NOW + ahead, exp: NOW + ahead + 5 }, 'future')
      refuses({ nbf: NOW + ahead }, 'nbf lies in the future')
      refuses({ iat: undefined, nbf: NOW + ahead, exp: NOW + ahead + 5 }, 'future')
    }
  })

  it('takes iat as a string of digits, and only iat', () => {
    expect(check(assertion({ iat: `${NOW}` })).iat).toBe(NOW)
    for (const iat of [`${NOW}.0`, `+${NOW}`, ` ${NOW}`, '1e9', '', '0x10', '٣', '9'.repeat(16)])
      refuses({ iat }, 'iat must be')
    refuses({ nbf: `${NOW}` }, 'nbf must be')
    refuses({ exp: `${NOW + 30}` }, 'exp must be')
  })

  it.each(['1e400', '-1', '1790000030.5', '1e30', 'null', 'true', '[]', '{}', '"soon"', '9007199254740993', '-0.5'])(
    'E06 refuses exp, iat and nbf of %s',
    (json) => {
      for (const name of ['exp', 'iat', 'nbf']) {
        const { [name as 'exp']: _, ...rest } = CLAIMS
        const payload = JSON.stringify(rest).replace(/}$/, `,"${name}":${json}}`)
        const compact = jwsWith(HEADER, payload, { key: key.privateKey, alg: 'ES256' })
        expectRefusal(() => check(compact), 'invalid_client')
      }
    },
  )
})

describe('identity', () => {
  it('B05 refuses iss or sub other than client_id', () => {
    for (const other of ['someone-else', '', null, 1, [CLIENT_ID], CLIENT_ID.toUpperCase(), undefined]) {
      refuses({ iss: other }, 'iss and sub')
      refuses({ sub: other }, 'iss and sub')
      refuses({ iss: other, sub: other }, 'iss and sub')
    }
    const form = assertionForm(assertion(), { client_id: 'other-client' })
    expectRefusal(() => check(assertion(), { assertion: readClientAssertion(form) }), 'invalid_client', 'iss and sub')
  })

  it('refuses a jti that cannot be recorded', () => {
    expect(check(assertion({ jti: 'x'.repeat(256) })).jti).toHaveLength(256)
    for (const jti of ['', 'x'.repeat(257), 1, null, ['a'], {}, 'a b', 'a\nb', 'æ', 'a\u0000']) refuses({ jti }, 'jti')
  })

  it('B12 refuses an ID token, an access token and a logout token by their claims', () => {
    refuses({ iss: ISSUER, aud: CLIENT_ID, sub: 'user', nonce: 'n' }, 'iss and sub')
    refuses({ iss: ISSUER, sub: CLIENT_ID, aud: 'nhn:api', client_id: CLIENT_ID, scope: ['a'] }, 'iss and sub')
    refuses({ iss: ISSUER, aud: CLIENT_ID, events: {} }, 'iss and sub')
  })

  it('A11 refuses a request object, even with sub', () => {
    for (const extra of [
      { response_type: 'code' },
      { redirect_uri: 'https://client.example/cb' },
      { code_challenge: 'x' },
    ]) {
      refuses(extra, 'request object')
    }
  })
})
