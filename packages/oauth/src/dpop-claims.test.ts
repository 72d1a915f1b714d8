import { describe, expect, it } from '@jest/globals'
import { accessTokenHash } from './dpop.js'
import { check, CLAIMS, HEADER, key, proof, refuses } from './dpop.fixture.js'
import type { NonceVerdict } from './dpop-nonce.js'
import { ecKey, expectRefusal, jwsWith, NOW, TOKEN_ENDPOINT } from './keys.fixture.js'

describe('the target of a DPoP proof', () => {
  it('D02 refuses another method, missing or of another type', () => {
    for (const htm of ['GET', 'post', '', undefined, null, ['POST'], 1]) refuses(proof({ htm }), 'htm')
    expect(check(proof({ htm: 'GET' }), { method: 'GET' }).jti).toBe('proof-1')
  })

  it('D02 refuses another URL, missing or of another type', () => {
    const others = [
      'https://issuer.example/connect/par',
      'https://issuer.example/connect/token/',
      'https://issuer.example/connect/Token',
      'https://issuer.example:8443/connect/token',
      'http://issuer.example/connect/token',
      'https://other.example/connect/token',
      'https://issuer.example.other/connect/token',
      'https://user@issuer.example/connect/token',
      'https://:secret@issuer.example/connect/token',
      '/connect/token',
      'connect/token',
      '',
    ]
    for (const htu of [...others, undefined, null, 1, [TOKEN_ENDPOINT], {}]) refuses(proof({ htu }), 'htu')
  })

  it('accepts htu that differs in query, fragment, case of scheme and host, default port or path notation', () => {
    const same = [
      `${TOKEN_ENDPOINT}?a=b`,
      `${TOKEN_ENDPOINT}#f`,
      'HTTPS://ISSUER.Example/connect/token',
      'https://issuer.example:443/connect/token',
      'https://issuer.example/connect/../connect/./token',
    ]
    for (const htu of same) expect(check(proof({ htu })).jti).toBe('proof-1')
    expect(check(proof(), { url: `${TOKEN_ENDPOINT}?x=1` }).jti).toBe('proof-1')
  })

  it('refuses an htu of more than 2048 characters', () => {
    const htu = `${TOKEN_ENDPOINT}?${'q'.repeat(2_048 - TOKEN_ENDPOINT.length - 1)}`
    expect(check(proof({ htu })).jti).toBe('proof-1')
    refuses(proof({ htu: `${htu}q` }), 'htu')
  })
})

describe('the times of a DPoP proof', () => {
  it('D03 takes iat 60 s either way and not more', () => {
    for (const off of [-60, -10, 10, 60]) expect(check(proof({ iat: NOW + off })).iat).toBe(NOW + off)
    for (const off of [-3_600, -61, 61, 3_600]) refuses(proof({ iat: NOW + off }), 'more than 60 s off')
  })

  it.each([`"${NOW}"`, `${NOW}.5`, '1e400', '-1', 'null', 'true', '[]'])('E06 refuses iat %s', (json) => {
    const payload = JSON.stringify({ ...CLAIMS, iat: 0 }).replace('"iat":0', `"iat":${json}`)
    refuses(jwsWith(HEADER, payload, { key: key.privateKey, alg: 'ES256' }), 'iat')
  })

  it('refuses a proof without iat or jti, and a jti that cannot be recorded', () => {
    refuses(proof({ iat: undefined }), 'iat')
    for (const jti of [undefined, '', 1, null, 'x'.repeat(257), 'a b', ['a']]) refuses(proof({ jti }), 'jti')
    expect(check(proof({ jti: 'x'.repeat(256) })).jti).toHaveLength(256)
  })

  it('heeds nbf and exp where a client sends them', () => {
    expect(check(proof({ nbf: NOW + 60, exp: NOW - 59 })).jti).toBe('proof-1')
    refuses(proof({ nbf: NOW + 61 }), 'nbf')
    refuses(proof({ nbf: 'soon' }), 'nbf')
    refuses(proof({ exp: NOW - 60 }), 'expired')
    refuses(proof({ exp: 'late' }), 'expired')
  })
})

describe('the access token of a DPoP proof', () => {
  it('RFC 9449 section 7.1: the hash of the token', () => {
    const accessToken = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU'
    expect(accessTokenHash(accessToken)).toBe('fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo')
  })

  it('D08 demands ath of the token at an API', () => {
    const accessToken = 'a.b.c'
    expect(check(proof({ ath: accessTokenHash(accessToken) }), { accessToken }).jti).toBe('proof-1')
    for (const ath of [undefined, '', accessTokenHash('other'), `${accessTokenHash(accessToken)}=`, 1, null]) {
      refuses(proof({ ath }), 'ath', { accessToken })
    }
    expect(check(proof({ ath: 'ignored without a token' })).jti).toBe('proof-1')
  })
})

describe('the nonce of a DPoP proof', () => {
  const nonceCheck = (nonce: string | undefined): NonceVerdict => {
    if (nonce === undefined) return 'missing'
    return nonce === 'good' ? 'ok' : 'stale'
  }

  it('D03 D04 asks for a nonce when it is missing or stale', () => {
    expect(check(proof({ nonce: 'good' }), { nonceCheck }).jti).toBe('proof-1')
    expectRefusal(() => check(proof(), { nonceCheck }), 'use_dpop_nonce', 'Send a DPoP proof with the nonce')
    expectRefusal(() => check(proof({ nonce: 'old' }), { nonceCheck }), 'use_dpop_nonce', 'not a current one')
    expect(check(proof({ nonce: 'whatever' })).jti).toBe('proof-1')
  })

  it('refuses a nonce that cannot be ours', () => {
    for (const nonce of [1, null, ['good'], {}, 'n'.repeat(513)]) refuses(proof({ nonce }), 'nonce', { nonceCheck })
    expectRefusal(() => check(proof({ nonce: 'n'.repeat(512) }), { nonceCheck }), 'use_dpop_nonce')
  })

  it('a proof that is wrong anyway is refused for that', () => {
    refuses(proof({ htm: 'GET' }), 'htm', { nonceCheck })
    refuses(proof({ iat: NOW - 61 }), 'iat', { nonceCheck })
    refuses(proof({ nonce: 'good' }, { jwk: ecKey().jwk }), 'signature', { nonceCheck })
  })
})
