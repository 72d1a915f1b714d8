import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { parseForm } from './form.js'
import {
  ADVERSARIAL,
  assertionForm,
  CLIENT_ID,
  ecKey,
  expectRefusal,
  jwsWith,
  resultOrRefusal,
} from './keys.fixture.js'
import { OAuthError } from './oauth-error.js'
import {
  ACCESS_TOKEN_TYPE,
  isGrantType,
  parseTokenRequest,
  TOKEN_EXCHANGE,
  type TokenRequest,
} from './token-request.js'

const assertion = jwsWith({ alg: 'ES256' }, '{}', { key: ecKey().privateKey, alg: 'ES256' })
const VERIFIER = 'v'.repeat(43)

function parse(extra: Record<string, string>, authorization?: string): TokenRequest {
  return parseTokenRequest(assertionForm(assertion, extra), authorization)
}

describe('parseTokenRequest', () => {
  it('client credentials', () => {
    const request = parse({ scope: 'nhn:a/x nhn:a/y', unknown: 'ignored' })
    expect(request).toMatchObject({ grantType: 'client_credentials', scope: ['nhn:a/x', 'nhn:a/y'], resources: [] })
    expect(request.client.clientId).toBe(CLIENT_ID)
  })

  it('T4 leaves out a scope that was not sent, or was empty', () => {
    expect(parse({})).toMatchObject({ grantType: 'client_credentials', scope: undefined })
    expect(parse({ scope: '' })).toMatchObject({ scope: undefined })
  })

  it('reads several resources', () => {
    const body = `client_id=${CLIENT_ID}&client_assertion=${assertion}&grant_type=client_credentials&resource=nhn%3Aa&resource=nhn%3Ab&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer`
    expect(parseTokenRequest(parseForm(body)).resources).toEqual(['nhn:a', 'nhn:b'])
  })

  it('authorization code', () => {
    const grant = {
      grant_type: 'authorization_code',
      code: 'c',
      redirect_uri: 'https://client.example/cb',
      code_verifier: VERIFIER,
    }
    expect(parse(grant)).toMatchObject({
      grantType: 'authorization_code',
      code: 'c',
      redirectUri: 'https://client.example/cb',
      codeVerifier: VERIFIER,
      resources: [],
    })
    expectRefusal(() => parse({ ...grant, code: '' }), 'invalid_request', 'code is missing')
    expectRefusal(() => parse({ ...grant, redirect_uri: '' }), 'invalid_request', 'redirect_uri is missing')
    expectRefusal(() => parse({ ...grant, code: 'c'.repeat(513) }), 'invalid_grant', 'code is longer than 512')
    expectRefusal(() => parse({ ...grant, redirect_uri: 'r'.repeat(2_049) }), 'invalid_grant', 'redirect_uri')
    expect(parse({ ...grant, code: 'c'.repeat(512), redirect_uri: 'r'.repeat(2_048) }).grantType).toBe(
      'authorization_code',
    )
  })

  it('C04 a missing or malformed verifier is invalid_grant', () => {
    const grant = { grant_type: 'authorization_code', code: 'c', redirect_uri: 'https://client.example/cb' }
    for (const verifier of [
      '',
      'v'.repeat(42),
      'v'.repeat(129),
      `${'v'.repeat(42)} `,
      `${'v'.repeat(42)}=`,
      'ø'.repeat(43),
    ]) {
      expectRefusal(() => parse({ ...grant, code_verifier: verifier }), 'invalid_grant', 'code_verifier')
    }
    for (const verifier of ['Az09-._~'.repeat(6), 'v'.repeat(128)]) {
      expect(parse({ ...grant, code_verifier: verifier })).toMatchObject({ codeVerifier: verifier })
    }
  })

  it('refresh token', () => {
    const grant = { grant_type: 'refresh_token', refresh_token: 'r', scope: 'openid' }
    expect(parse(grant)).toMatchObject({ grantType: 'refresh_token', refreshToken: 'r', scope: ['openid'] })
    expectRefusal(() => parse({ ...grant, refresh_token: '' }), 'invalid_request', 'refresh_token is missing')
    expectRefusal(() => parse({ ...grant, refresh_token: 'r'.repeat(513) }), 'invalid_grant', 'refresh_token')
  })

  it('token exchange', () => {
    const grant = {
      grant_type: TOKEN_EXCHANGE,
      subject_token: 'a.b.c',
      subject_token_type: ACCESS_TOKEN_TYPE,
      audience: 'nhn:b',
      scope: 'nhn:b/x',
    }
    expect(parse(grant)).toMatchObject({
      grantType: TOKEN_EXCHANGE,
      subjectToken: 'a.b.c',
      audiences: ['nhn:b'],
      scope: ['nhn:b/x'],
    })
    expectRefusal(() => parse({ ...grant, subject_token: '' }), 'invalid_request', 'subject_token is missing')
    expectRefusal(() => parse({ ...grant, subject_token_type: 'jwt' }), 'invalid_request', 'subject_token_type must be')
    expectRefusal(() => parse({ ...grant, actor_token: 'x' }), 'invalid_request', 'actor_token')
    expectRefusal(() => parse({ ...grant, subject_token: 's'.repeat(16_385) }), 'invalid_grant', 'subject_token')
    expectRefusal(() => parse({ ...grant, audience: 'not a resource' }), 'invalid_target')
  })

  it.each([
    'password',
    'implicit',
    'urn:ietf:params:oauth:grant-type:device_code',
    'urn:ietf:params:oauth:grant-type:jwt-bearer',
    'toString',
    '__proto__',
    'CLIENT_CREDENTIALS',
  ])('C11 refuses the grant %s', (grant_type) => {
    expectRefusal(
      () => parse({ grant_type, username: 'a', password: 'b' }),
      'unsupported_grant_type',
      'client_credentials',
    )
    expect(isGrantType(grant_type)).toBe(false)
  })

  it('refuses a request without grant, assertion or client', () => {
    expectRefusal(() => parse({ grant_type: '' }), 'invalid_request', 'grant_type is missing')
    expectRefusal(() => parse({ client_assertion: '' }), 'invalid_client')
    expectRefusal(() => parse({ client_id: '' }), 'invalid_request', 'client_id is missing')
    expectRefusal(() => parse({ client_assertion_type: '' }), 'invalid_client', 'client_assertion_type')
  })

  it('B13 refuses two authentication methods', () => {
    expectRefusal(() => parse({ client_secret: 'x' }), 'invalid_request', 'Two client authentication methods')
    expectRefusal(() => parse({}, 'Bearer abc'), 'invalid_request', 'Two client authentication methods')
  })

  it('E07 refuses adversarial text in every parameter that it validates', () => {
    for (const text of ADVERSARIAL) {
      const short = text.slice(0, 20_000)
      const grants: Record<string, string>[] = [
        { scope: `${short} "` },
        { grant_type: short },
        { client_id: short },
        { client_assertion: short },
        { grant_type: 'authorization_code', code: short, redirect_uri: 'x', code_verifier: VERIFIER },
        { grant_type: 'authorization_code', code: 'c', redirect_uri: short, code_verifier: VERIFIER },
        { grant_type: 'authorization_code', code: 'c', redirect_uri: 'x', code_verifier: short },
        { grant_type: 'refresh_token', refresh_token: short },
        { resource: short },
      ]
      for (const grant of grants) expect(resultOrRefusal(() => parse(grant))).toBeInstanceOf(OAuthError)
    }
  })

  it('never throws anything but OAuthError', () => {
    const name = fc.constantFrom(
      'grant_type',
      'scope',
      'resource',
      'code',
      'redirect_uri',
      'code_verifier',
      'refresh_token',
      'client_id',
      'subject_token',
    )
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('client_credentials', 'refresh_token', 'authorization_code', TOKEN_EXCHANGE),
    )
    fc.assert(
      fc.property(fc.dictionary(name, value), (extra) => {
        const result = resultOrRefusal(() => parse(extra))
        if (!(result instanceof OAuthError)) expect(isGrantType(result.grantType)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })
})
