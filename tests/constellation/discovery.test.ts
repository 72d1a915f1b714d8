import { beforeAll, describe, expect, it } from '@jest/globals'
import { decodeJwt, type MachineClient } from '@tillit/testkit'
import { calculateJwkThumbprint, importJWK, jwtVerify, type JWK } from 'jose'
import { constellation, type TestConstellation } from '../support/constellation.js'

let c: TestConstellation
let ehr: MachineClient
beforeAll(async () => {
  c = await constellation()
  ehr = c.client('test-multi')
})

describe('discovery', () => {
  it('states what works now and nothing else', async () => {
    const { status, body, headers } = await ehr.send('/.well-known/openid-configuration')
    expect(status).toBe(200)
    expect(headers['content-type']).toMatch(/^application\/json/)
    expect(body).toMatchObject({
      issuer: c.issuer,
      jwks_uri: `${c.issuer}/.well-known/openid-configuration/jwks`,
      token_endpoint: `${c.issuer}/connect/token`,
      revocation_endpoint: `${c.issuer}/connect/revocation`,
      introspection_endpoint: `${c.issuer}/connect/introspect`,
      expired_jwks_uri: `${c.issuer}/connect/expiredjwks`,
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      subject_types_supported: ['public'],
    })
    expect(body['grant_types_supported']).toEqual(['client_credentials'])
    expect(body['dpop_signing_alg_values_supported']).toEqual(
      expect.arrayContaining(['ES256', 'PS256', 'RS256', 'ES512', 'EdDSA']),
    )
    expect(body['dpop_signing_alg_values_supported']).not.toEqual(expect.arrayContaining(['none']))
    for (const absent of [
      'check_session_iframe',
      'device_authorization_endpoint',
      'backchannel_authentication_endpoint',
      'authorization_endpoint',
    ]) {
      expect(body).not.toHaveProperty(absent)
    }
  })

  it('answers a conditional request with 304', async () => {
    for (const path of ['/.well-known/openid-configuration', '/.well-known/openid-configuration/jwks']) {
      const first = await ehr.send(path)
      expect(first.headers['etag']).toEqual(expect.any(String))
      expect(first.headers['cache-control']).toMatch(/max-age=\d+/)
      const again = await ehr.send(path, { headers: { 'if-none-match': String(first.headers['etag']) } })
      expect([again.status, again.text]).toEqual([304, ''])
    }
  })

  it('I05 a forged Host changes neither issuer nor links', async () => {
    const forged = await ehr.send('/.well-known/openid-configuration', {
      baseUrl: c.tokens[0] as string,
      headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example' },
    })
    expect(forged.text).not.toContain('evil')
    expect(forged.body['issuer']).toBe(c.issuer)
  })
})

describe('JWKS', () => {
  it('J10 holds public members only, kid is the RFC 7638 thumbprint, with a spare for each algorithm', async () => {
    const keys = (await ehr.send('/.well-known/openid-configuration/jwks')).body['keys'] as JWK[]
    expect(keys.length).toBeGreaterThanOrEqual(6)
    for (const key of keys) {
      expect(Object.keys(key).filter((name) => ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth'].includes(name))).toEqual(
        [],
      )
      expect(key.kid).toBe(await calculateJwkThumbprint(key))
      expect(key.use).toBe('sig')
    }
    for (const alg of ['ES256', 'PS256', 'RS256'])
      expect(keys.filter((key) => key.alg === alg).length).toBeGreaterThanOrEqual(2)
  })

  it('verifies a token of each algorithm, by a library that Tillit does not contain', async () => {
    for (const [scope, alg] of [
      ['granfjelldal:journal/read', 'ES256'],
      ['test:rs256/read', 'RS256'],
      ['test:ps256/read', 'PS256'],
    ] as const) {
      const answer = await ehr.token({ form: { scope } })
      expect(answer.status).toBe(200)
      const token = answer.body['access_token'] as string
      const keys = (await ehr.send('/.well-known/openid-configuration/jwks')).body['keys'] as JWK[]
      const { header } = decodeJwt(token)
      const jwk = keys.find(({ kid }) => kid === header['kid']) as JWK
      const { protectedHeader } = await jwtVerify(token, await importJWK(jwk, alg), {
        issuer: c.issuer,
        typ: 'at+jwt',
        audience: scope.split('/')[0] as string,
      })
      expect(protectedHeader.alg).toBe(alg)
    }
  })

  it('has an endpoint of retired keys, empty at first', async () => {
    const { status, body } = await ehr.send('/connect/expiredjwks')
    expect([status, body]).toEqual([200, { keys: [] }])
  })
})
