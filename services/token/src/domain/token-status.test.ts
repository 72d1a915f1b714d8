import { beforeEach, describe, expect, it } from '@jest/globals'
import { introspectToken, type Introspection } from './introspect-token.js'
import { issueToken } from './issue-token.js'
import {
  authentication,
  claimsOf,
  fakeDeps,
  FakeTrail,
  form,
  ISSUER,
  JKT,
  NOW,
  proof,
  refusal,
  SECONDS,
  signOrder,
  TOKEN_ENDPOINT,
  type FakeDeps,
} from './issuing.fixture.js'
import { api, CHILD, client, ecKey, JOURNAL, PARENT, SUPPLIER } from './registry.fixture.js'
import { revokeToken } from './revoke-token.js'

let deps: FakeDeps
const trail = new FakeTrail()
beforeEach(() => {
  deps = fakeDeps()
})
const details = (value: string): Record<string, unknown> => ({
  assertion_details: {
    type: 'helseid_authorization',
    practitioner_role: { organization: { identifier: { system: 'urn:oid:1.0.6523', type: 'ENH', value } } },
  },
})
async function newToken(clientId = 'ehr', claims: Record<string, unknown> = {}): Promise<string> {
  const members = { grant_type: 'client_credentials', ...authentication({ clientId, claims }) }
  const call = { form: form(members), dpop: proof(), authorization: undefined, traceparent: undefined }
  return (await issueToken(call, deps, trail)).access_token
}
interface Caller {
  readonly clientId?: string
  readonly form?: Record<string, string | undefined>
}
const call = (token: string | undefined, { clientId = 'journal-api', form: rest }: Caller = {}) => ({
  form: form({ ...authentication({ clientId }), token, ...rest }),
  authorization: undefined,
  traceparent: undefined,
})
const introspect = (token: string, caller?: Caller): Promise<Introspection> =>
  introspectToken(call(token, caller), deps, trail)
const revoke = (token: string, clientId = 'ehr'): Promise<void> => revokeToken(call(token, { clientId }), deps, trail)
const INACTIVE = { active: false }

describe('introspection', () => {
  it("tells the API's introspection client the token's facts", async () => {
    const token = await newToken()
    expect(await introspect(token)).toEqual({
      ...claimsOf(token),
      active: true,
      scope: `${JOURNAL}/read ${JOURNAL}/write`,
      token_type: 'DPoP',
      cnf: { jkt: JKT },
    })
    expect(deps.signer.orders.at(-1)).toMatchObject({
      purpose: 'token.introspected',
      assertion: { clientId: 'journal-api' },
    })
    expect(deps.signer.orders.at(-1)?.access).toBeUndefined()
  })

  it("F09 tells anybody else nothing, not even the token's own client", async () => {
    const token = await newToken()
    expect(await introspect(token, { clientId: 'ehr' })).toEqual(INACTIVE)
    deps.registry.apis.set(JOURNAL, api({ introspectionClients: [] }))
    expect(await introspect(token)).toEqual(INACTIVE)
    deps.registry.apis.set(JOURNAL, api({ status: 'deactivated' }))
    expect(await introspect(token)).toEqual(INACTIVE)
  })

  it('F09 what is not ours is inactive', async () => {
    const token = await newToken()
    const payload = JSON.stringify(claimsOf(token))
    const access = { typ: 'at+jwt', alg: 'ES256', payload }
    for (const other of [
      'x',
      'a.b.c',
      'y'.repeat(20_000),
      token.slice(0, -2),
      signOrder(access, { key: ecKey() }),
      signOrder({ ...access, typ: 'JWT' }),
      signOrder({ ...access, payload: payload.replace(ISSUER, 'https://other.example') }),
      signOrder({ ...access, payload: '{"iss":"https://issuer.example"}' }),
    ]) {
      expect(await introspect(other)).toEqual(INACTIVE)
    }
  })

  it('an expired token is inactive', async () => {
    const token = await newToken()
    const later = NOW + 600_000
    deps = { ...deps, now: () => later }
    const claims = { iat: SECONDS + 600, exp: SECONDS + 630 }
    const members = { ...authentication({ clientId: 'journal-api', claims }), token }
    expect(await introspectToken({ ...call(token), form: form(members) }, deps, trail)).toEqual(INACTIVE)
  })

  it('a revoked token, and one behind which anybody was withdrawn, is inactive', async () => {
    const token = await newToken('saas', details(`NO:ORGNR:${PARENT}:${CHILD}`))
    const { registry } = deps
    expect(await introspect(token)).toMatchObject({ active: true })
    const withdrawals: [() => void, () => void][] = [
      [() => registry.revoked.add(String(claimsOf(token)['jti'])), () => registry.revoked.clear()],
      [() => registry.add(client({ clientId: 'saas', status: 'deactivated' })), () => registry.add(saas)],
      [() => registry.clients.delete('saas'), () => registry.add(saas)],
      ...[CHILD, SUPPLIER].map((orgnr): [() => void, () => void] => [
        () => registry.change(orgnr, { status: 'deactivated' }),
        () => registry.change(orgnr, { status: 'active' }),
      ]),
      [
        () => registry.delegations.set(`${SUPPLIER} ${PARENT}`, { revision: 2, status: 'deactivated' }),
        () => registry.delegations.set(`${SUPPLIER} ${PARENT}`, { revision: 3, status: 'active' }),
      ],
    ]
    for (const [withdraw, restore] of withdrawals) {
      withdraw()
      expect(await introspect(token)).toEqual(INACTIVE)
      restore()
      expect(await introspect(token)).toMatchObject({ active: true })
    }
  })
  const saas = client({ clientId: 'saas', organisation: SUPPLIER, tenancy: 'multi-tenant' })
})

describe('revocation', () => {
  it('commits the jti until exp', async () => {
    const token = await newToken()
    await revoke(token)
    expect(deps.revocations.revoked).toEqual([{ jti: claimsOf(token)['jti'], exp: SECONDS + 600, clientId: 'ehr' }])
    expect(deps.signer.orders.at(-1)).toMatchObject({ purpose: 'token.revoked' })
  })

  it("F09 another client's, a forged and an unknown token: no error, no effect", async () => {
    const token = await newToken()
    await revoke(token, 'journal-api')
    await revoke('nonsense')
    await revoke(signOrder({ typ: 'at+jwt', alg: 'ES256', payload: JSON.stringify(claimsOf(token)) }, { key: ecKey() }))
    expect(deps.revocations.revoked).toEqual([])
    expect(deps.signer.orders).toHaveLength(4)
  })

  it('passes on that the registry did not commit', async () => {
    deps = { ...deps, revocations: { ...deps.revocations, revoke: () => Promise.reject(new Error('down')) } }
    await expect(revoke(await newToken())).rejects.toThrow('down')
  })
})

describe('both', () => {
  const endpoints = [
    (token: string | undefined, caller?: Caller) => introspectToken(call(token, caller), deps, trail),
    (token: string | undefined, caller?: Caller) => revokeToken(call(token, caller), deps, trail),
  ]
  it('need a token and a client assertion', async () => {
    for (const endpoint of endpoints) {
      expect((await refusal(() => endpoint(undefined))).code).toBe('invalid_request')
      const anonymous = { form: { client_assertion: undefined } }
      expect(await refusal(() => endpoint('x', anonymous))).toMatchObject({ status: 401, code: 'invalid_client' })
    }
  })

  it('B03 spend the assertion in one namespace with the token endpoint', async () => {
    for (const endpoint of endpoints) {
      const again = authentication({ clientId: 'journal-api' })
      await endpoint('x', { form: again })
      expect(await refusal(() => endpoint('x', { form: again }))).toMatchObject({ status: 401, code: 'invalid_client' })
      const members = { grant_type: 'client_credentials', ...again }
      const call = { form: form(members), dpop: proof(), authorization: undefined, traceparent: undefined }
      expect((await refusal(() => issueToken(call, deps, trail))).text).toContain('used before')
    }
  })

  it('B01 refuse an endpoint as audience', async () => {
    for (const endpoint of endpoints) {
      const wrong = { form: authentication({ clientId: 'journal-api', claims: { aud: TOKEN_ENDPOINT } }) }
      expect(await refusal(() => endpoint('x', wrong))).toMatchObject({ status: 401, code: 'invalid_client' })
    }
  })

  it('answer 503 when the signer does not, or the process is stale', async () => {
    for (const endpoint of endpoints) {
      deps.signer.answer = () => ({ ok: false, error: 'unavailable' })
      expect(await refusal(() => endpoint('x'))).toMatchObject({ status: 503 })
      deps = { ...fakeDeps(), unready: () => 'stale' }
      expect(await refusal(() => endpoint('x'))).toMatchObject({ status: 503 })
      deps = fakeDeps()
    }
  })
})
