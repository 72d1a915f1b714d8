import { describe, expect, it } from '@jest/globals'
import { NOW, ruleOf, without } from '../policy.fixture.js'
import { JOURNAL, tokenRequest, type Entries } from '../world.fixture.js'
import type { SignRequest } from './sign-request.js'

describe('claims', () => {
  const cases: [string, string, Record<string, unknown>][] = [
    ['J09 a foreign issuer', 'issuer', { iss: 'https://issuer.example/' }],
    ['J09 a life longer than the API allows', 'lifetime', { exp: NOW + 601 }],
    ['E06 an end before the start', 'lifetime', { exp: NOW }],
    ['J09 a token for later', 'issued_now', { iat: NOW + 11, exp: NOW + 100 }],
    ['J09 a backdated token', 'issued_now', { iat: NOW - 11, exp: NOW + 100 }],
    ['J09 a start far from its issue', 'issued_now', { nbf: NOW + 60 }],
    ['a jti that can be guessed', 'jti', { jti: '1234' }],
    ['J02 a jti with other signs', 'jti', { jti: 'a.b*>'.repeat(6) }],
    ["another client than the assertion's", 'same_client', { client_id: 'saas' }],
    ["D08 a key other than the proof's", 'binding', { cnf: { jkt: 'x'.repeat(43) } }],
    ['a user', 'no_user', { sub: 'a-person' }],
    ['H05 a claim about a person', 'known_claims', { 'helseid://claims/identity/pid': '05817600324' }],
    ['a login', 'known_claims', { auth_time: NOW }],
    ['an unknown claim', 'known_claims', { admin: true }],
    ['an unknown claim about the client', 'known_claims', { 'helseid://claims/client/x': 'y' }],
    ["another API's claims", 'known_claims', { 'old:api/client/claims/journal-id': '17' }],
    ['a claim with another value than registered', 'known_claims', { [`${JOURNAL}/client/claims/journal-id`]: '18' }],
    ['a claim named like a prototype member', 'known_claims', { [`${JOURNAL}/client/claims/constructor`]: '17' }],
  ]
  it.each(cases)('refuse %s', async (_name, rule, claims) => {
    expect(await ruleOf({ claims })).toBe(rule)
  })

  it('J09 refuse an unknown typ', async () => {
    const request = tokenRequest()
    expect(await ruleOf({ request: { ...request, access: { ...request.access, typ: 'JWT' } } })).toBe('typ')
  })

  it('J09 refuse a life over the ceiling, whatever the API says', async () => {
    const entries = (at: Entries) =>
      (at.apis[JOURNAL] = { ...(at.apis[JOURNAL] as unknown as object), accessTokenLifetime: 7200 } as never)
    expect(await ruleOf({ entries, claims: { exp: NOW + 3600 } })).toBeUndefined()
    expect(await ruleOf({ entries, claims: { exp: NOW + 3601 } })).toBe('lifetime')
  })

  it.each([
    ['E06 no exp', { exp: undefined }],
    ['E06 a fractional exp', { exp: NOW + 0.5 }],
    ['E06 a negative iat', { iat: -1 }],
    ['E06 an exp as text', { exp: '99' }],
    ['no audience', { aud: [] }],
    ['an audience that is no text', { aud: [{}] }],
    ['a scope as text', { scope: 'a b' }],
    ['no jti', { jti: '' }],
    ['a cnf with more than jkt', { cnf: { jkt: 'k', jwk: {} } }],
    ['an empty cnf', { cnf: {} }],
    ['a null cnf', { cnf: null }],
    ['a parent that is no text', { 'helseid://claims/client/claims/orgnr_parent': 9 }],
  ])('have another shape: %s', async (_name, claims) => {
    expect(await ruleOf({ claims })).toBe('claims_shape')
  })

  it('take a registered claim of the audience', async () => {
    expect(await ruleOf({ claims: { [`${JOURNAL}/client/claims/journal-id`]: '17' } })).toBeUndefined()
  })
})

describe('Bearer', () => {
  const bearer = (): SignRequest => {
    const request = tokenRequest()
    const { cnf: _cnf, ...claims } = request.access.claims
    return without({ ...request, access: { ...request.access, claims } }, 'proof')
  }
  const allow = (client: boolean, api: boolean) => (at: Entries) => {
    at.clients['ehr'] = { ...(at.clients['ehr'] as unknown as object), flags: { allowBearer: client } } as never
    at.apis[JOURNAL] = { ...(at.apis[JOURNAL] as unknown as object), allowBearer: api } as never
  }

  it('is signed only where client and API both allow it', async () => {
    expect(await ruleOf({ request: bearer(), entries: allow(true, true) })).toBeUndefined()
    expect(await ruleOf({ request: bearer(), entries: allow(true, false) })).toBe('binding')
    expect(await ruleOf({ request: bearer(), entries: allow(false, true) })).toBe('binding')
    expect(await ruleOf({ request: bearer() })).toBe('binding')
  })

  it('is not signed for whoever brought a proof', async () => {
    const { proof } = tokenRequest()
    expect(await ruleOf({ request: { ...bearer(), proof }, entries: allow(true, true) })).toBe('binding')
  })

  it('needs no proof, but a bound token does', async () => {
    expect(await ruleOf({ request: without(tokenRequest(), 'proof') })).toBe('binding')
  })
})
