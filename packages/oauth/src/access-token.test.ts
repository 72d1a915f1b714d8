import { describe, expect, it } from '@jest/globals'
import { accessTokenClaims, CLIENT_NAME, CLIENT_TENANCY, ORGNR_PARENT, type AccessTokenInput } from './access-token.js'

const MACHINE: AccessTokenInput = {
  issuer: 'https://issuer.example',
  audiences: ['nhn:api'],
  clientId: 'client-1',
  scope: ['nhn:api/read', 'nhn:api/write'],
  jti: '0123456789abcdef0123456789abcdef',
  now: 1_000,
  lifetime: 600,
  jkt: 'thumb',
}

describe('accessTokenClaims', () => {
  it('a machine token has these members, in this order', () => {
    expect(JSON.stringify(accessTokenClaims(MACHINE))).toBe(
      '{"iss":"https://issuer.example","nbf":1000,"iat":1000,"exp":1600,"aud":"nhn:api","cnf":{"jkt":"thumb"},' +
        '"scope":["nhn:api/read","nhn:api/write"],"client_id":"client-1","client_amr":"private_key_jwt",' +
        '"jti":"0123456789abcdef0123456789abcdef"}',
    )
  })

  it('a Bearer token has no cnf; several audiences are an array', () => {
    const claims = accessTokenClaims({ ...MACHINE, jkt: undefined, audiences: ['nhn:a', 'nhn:b'] })
    expect('cnf' in claims).toBe(false)
    expect(claims.aud).toEqual(['nhn:a', 'nhn:b'])
  })

  it('carries organisations and client claims, leaving out what is undefined', () => {
    const claims = accessTokenClaims({
      ...MACHINE,
      organisation: { parent: '999977774', child: undefined, supplier: '313745392' },
      clientClaims: {
        [CLIENT_NAME]: 'System',
        [CLIENT_TENANCY]: 'multi-tenant',
        'nhn:vkp/client/claims/vkp-id': undefined,
      },
    })
    expect(Object.keys(claims)).toEqual([
      ...['iss', 'nbf', 'iat', 'exp', 'aud', 'cnf', 'scope', 'client_id', 'client_amr'],
      ORGNR_PARENT,
      'helseid://claims/client/claims/orgnr_supplier',
      CLIENT_NAME,
      CLIENT_TENANCY,
      'jti',
    ])
    expect(accessTokenClaims({ ...MACHINE, organisation: { child: '999977776' } })).toHaveProperty(
      ['helseid://claims/client/claims/orgnr_child'],
      '999977776',
    )
  })

  it('a configured claim never replaces or adds a protocol claim', () => {
    const clientClaims = Object.fromEntries(
      ['iss', 'aud', 'exp', 'sub', 'act', 'cnf', 'jti', 'scope', 'client_id', ORGNR_PARENT].map((name) => [
        name,
        'forged',
      ]),
    )
    expect(accessTokenClaims({ ...MACHINE, clientClaims })).toEqual(accessTokenClaims(MACHINE))
  })

  it('names the client as subject only when asked', () => {
    expect('sub' in accessTokenClaims(MACHINE)).toBe(false)
    expect(accessTokenClaims({ ...MACHINE, subject: 'client-1' })).toHaveProperty('sub', 'client-1')
  })

  it("a user token follows HelseID's order", () => {
    const user = {
      sub: 'pseudonym',
      sid: 'session',
      authTime: 900,
      amr: ['pwd'],
      idp: 'testidp-oidc',
      identity: {
        'helseid://claims/identity/pid': '05876600324',
        'helseid://claims/identity/security_level': '4',
        name: 'N',
      },
    }
    const act = { client_id: 'actor' }
    const claims = accessTokenClaims({ ...MACHINE, user, act, subject: 'ignored beside a user' })
    expect(Object.keys(claims)).toEqual([
      ...[
        'iss',
        'nbf',
        'iat',
        'exp',
        'aud',
        'cnf',
        'scope',
        'amr',
        'client_id',
        'client_amr',
        'sub',
        'auth_time',
        'idp',
      ],
      ...['helseid://claims/identity/pid', 'helseid://claims/identity/security_level', 'name', 'act', 'sid', 'jti'],
    ])
    expect(claims).toMatchObject({
      sub: 'pseudonym',
      auth_time: 900,
      amr: ['pwd'],
      idp: 'testidp-oidc',
      sid: 'session',
      act,
    })
  })
})
