import { describe, expect, it } from '@jest/globals'
import { multiTenant, NOW, ruleOf, without, type Change } from '../policy.fixture.js'
import { CHILD, PARENT, START, SUPPLIER, tokenRequest, uuidAt } from '../world.fixture.js'

describe('a request in order', () => {
  it('breaks no rule', async () => {
    expect(await ruleOf({})).toBeUndefined()
    expect(await ruleOf({ request: multiTenant({ parent: PARENT, child: CHILD, supplier: SUPPLIER }) })).toBeUndefined()
  })
})

describe('spends', () => {
  const cases: [string, string, Change][] = [
    ['J09 a purpose that the requester has not', 'purpose', { request: { ...tokenRequest(), purpose: 'par.pushed' } }],
    ['J09 a purpose of an object prototype', 'purpose', { request: { ...tokenRequest(), purpose: 'constructor' } }],
    ['J09 a requester without any purpose', 'purpose', { requester: 'audit' }],
    [
      'J09 a token under a purpose that issues nothing',
      'purpose',
      { request: { ...tokenRequest(), purpose: 'token.revoked' } },
    ],
    ['J09 no token under a purpose that issues', 'purpose', { request: without(tokenRequest(), 'access') }],
    ['nothing to spend', 'something_to_spend', { request: { id: uuidAt(START), purpose: 'token.revoked' } }],
    ['B03 a token without an assertion', 'assertion_required', { request: without(tokenRequest(), 'assertion') }],
    ['an id that is no UUIDv7', 'request_id', { request: { ...tokenRequest(), id: 'x' } }],
    [
      'an id of another day, which would hide the record',
      'request_id',
      { request: { ...tokenRequest(), id: uuidAt(START - 86_400_000) } },
    ],
  ]
  it.each(cases)('refuses %s', async (_name, rule, change) => {
    expect(await ruleOf(change)).toBe(rule)
  })

  it.each([76, -11])(
    'B04 refuses an assertion that ends %d s from now: the memory of its use would end first',
    async (ahead) => {
      const request = tokenRequest()
      const assertion = { ...request.assertion, exp: NOW + ahead }
      expect(await ruleOf({ request: { ...request, assertion } })).toBe('assertion_times')
    },
  )

  it.each([75, 0, -10])('B06 takes an assertion that ends %d s from now', async (ahead) => {
    const request = tokenRequest()
    expect(
      await ruleOf({ request: { ...request, assertion: { ...request.assertion, exp: NOW + ahead } } }),
    ).toBeUndefined()
  })

  it.each([186, 49])('D03 refuses a proof whose memory would end %d s from now', async (ahead) => {
    const request = tokenRequest()
    expect(await ruleOf({ request: { ...request, proof: { ...request.proof, exp: NOW + ahead } } })).toBe('proof_times')
  })

  it('J02 refuses a jti with anything but visible ASCII', async () => {
    const request = tokenRequest()
    const assertion = { ...request.assertion, jti: 'a\r\nb' }
    expect(await ruleOf({ request: { ...request, assertion } })).toBe('assertion_shape')
    expect(await ruleOf({ request: { ...request, proof: { ...request.proof, jti: 'å' } } })).toBe('proof_shape')
  })

  it('refuses to spend in the name of an unknown client', async () => {
    const request = tokenRequest()
    const spend = { id: request.id, purpose: 'token.revoked', assertion: { ...request.assertion, clientId: 'nobody' } }
    expect(await ruleOf({ request: spend })).toBe('client_known')
  })
})
