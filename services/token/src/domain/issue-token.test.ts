import { beforeEach, describe, expect, it } from '@jest/globals'
import { OAuthError } from '@tillit/oauth'
import { issueToken, type TokenAnswer } from './issue-token.js'
import {
  authentication,
  claimsOf,
  dpopKey,
  fakeDeps,
  FakeTrail,
  form,
  ISSUER,
  JKT,
  NONCE,
  proof,
  refusal,
  SECONDS,
  type FakeDeps,
} from './issuing.fixture.js'
import { api, client, ecKey, flags, JOURNAL, PARENT } from './registry.fixture.js'

let deps: FakeDeps
let trail: FakeTrail
beforeEach(() => {
  deps = fakeDeps()
  trail = new FakeTrail()
})

interface Call {
  readonly form?: Readonly<Record<string, string | undefined>>
  readonly dpop?: string | readonly string[] | undefined
  readonly authorization?: string
  readonly traceparent?: string
}
function issue(call: Call = {}): Promise<TokenAnswer> {
  const members = { grant_type: 'client_credentials', ...authentication(), ...call.form }
  const dpop = 'dpop' in call ? call.dpop : proof()
  return issueToken(
    { form: form(members), dpop, authorization: call.authorization, traceparent: call.traceparent },
    deps,
    trail,
  )
}

describe('a machine token', () => {
  it("is in HelseID's shapes", async () => {
    const answer = await issue()
    expect(answer).toEqual({
      access_token: expect.any(String),
      token_type: 'DPoP',
      expires_in: 600,
      scope: `${JOURNAL}/read ${JOURNAL}/write`,
    })
    expect(claimsOf(answer.access_token)).toEqual({
      iss: ISSUER,
      nbf: SECONDS,
      iat: SECONDS,
      exp: SECONDS + 600,
      aud: JOURNAL,
      cnf: { jkt: JKT },
      scope: [`${JOURNAL}/read`, `${JOURNAL}/write`],
      client_id: 'ehr',
      client_amr: 'private_key_jwt',
      'helseid://claims/client/claims/orgnr_parent': PARENT,
      jti: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
  })

  it('is ordered with everything that must be spent and recorded', async () => {
    await issue({ traceparent: '00-a-b-01' })
    const [order] = deps.signer.orders
    expect(order).toMatchObject({
      purpose: 'token.issued',
      assertion: { clientId: 'ehr', exp: SECONDS + 30 },
      proof: { jkt: JKT, exp: SECONDS + 120 },
      access: { typ: 'at+jwt', alg: 'ES256' },
      inputs: { grant: 'client_credentials', revisions: { client: 7 } },
      traceparent: '00-a-b-01',
    })
  })

  it('tells rejected scopes', async () => {
    deps.registry.apis.set('test:terms', api({ audience: 'test:terms', terms: { uri: 'urn:t', version: '1' } }))
    deps.registry.add(
      client({
        clientId: 'saas',
        organisation: '313745392',
        tenancy: 'multi-tenant',
        scopes: [`${JOURNAL}/read`, 'test:terms/read'],
      }),
    )
    const answer = await issue({ form: authentication({ clientId: 'saas' }) })
    expect(answer).toMatchObject({ scope: `${JOURNAL}/read`, rejected_scope: 'test:terms/read' })
  })

  it('goes through its stages in order', async () => {
    await issue()
    expect(trail.stages).toEqual(['client_auth', 'dpop', 'policy', 'sign', 'verify'])
  })
})

describe('grants', () => {
  it('C11 password and implicit are unsupported_grant_type', async () => {
    for (const grant_type of ['password', 'implicit', 'x']) {
      expect((await refusal(() => issue({ form: { grant_type } }))).code).toBe('unsupported_grant_type')
    }
  })

  it('C11 a grant that the client is not registered for is unauthorized_client', async () => {
    deps.registry.add(client({ grantTypes: [] }))
    expect(await refusal(issue)).toMatchObject({ status: 400, code: 'unauthorized_client' })
    const refresh = { grant_type: 'refresh_token', refresh_token: 'r' }
    expect((await refusal(() => issue({ form: refresh }))).code).toBe('unauthorized_client')
  })

  it('C11 a grant that this release does not issue is unsupported_grant_type', async () => {
    const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
    deps.registry.add(client({ grantTypes: ['authorization_code', 'refresh_token', exchange] }))
    const verifier = 'v'.repeat(43)
    for (const form of [
      { grant_type: 'refresh_token', refresh_token: 'r' },
      { grant_type: 'authorization_code', code: 'c', redirect_uri: 'https://a.example', code_verifier: verifier },
      { grant_type: exchange, subject_token: 't', subject_token_type: 'urn:ietf:params:oauth:token-type:access_token' },
    ]) {
      expect((await refusal(() => issue({ form }))).code).toBe('unsupported_grant_type')
    }
    expect(deps.signer.orders).toEqual([])
  })

  it('B13 two authentication methods are invalid_request', async () => {
    expect((await refusal(() => issue({ authorization: 'Basic eDp5' }))).code).toBe('invalid_request')
    expect((await refusal(() => issue({ form: { client_secret: 's' } }))).code).toBe('invalid_request')
  })
})

describe('DPoP', () => {
  it('D03 demands a nonce, gives it, and consumes nothing', async () => {
    const again = authentication()
    for (const nonce of [undefined, 'stale']) {
      const error = await issue({ form: again, dpop: proof({ claims: { nonce } }) }).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ status: 400, code: 'use_dpop_nonce', headers: { 'DPoP-Nonce': NONCE } })
    }
    expect(deps.signer.orders).toEqual([])
    expect((await issue({ form: again })).token_type).toBe('DPoP')
  })

  it('answers 503, without a nonce header, when there is no secret to make one', async () => {
    deps = { ...deps, nonces: { current: () => undefined, check: () => 'missing' } }
    const error = await issue().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ status: 503, headers: { 'Retry-After': '1' } })
  })

  it('D06 refuses two headers, D02 another endpoint, D05 a private key', async () => {
    const privateJwk = dpopKey.privateKey.export({ format: 'jwk' }) as Record<string, unknown>
    for (const dpop of [
      [proof(), proof()],
      `${proof()}, ${proof()}`,
      proof({ claims: { htu: `${ISSUER}/connect/revocation` } }),
      proof({ claims: { htm: 'GET' } }),
      proof({ header: { jwk: privateJwk } }),
      proof({ claims: { iat: SECONDS - 61 } }),
      proof({ header: { jwk: ecKey().jwk } }),
    ]) {
      const error = await issue({ dpop }).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ status: 400, code: 'invalid_dpop_proof' })
      expect((error as OAuthError).headers).toBeUndefined()
    }
  })

  it('D01 a proof used again, under a fresh assertion, is refused', async () => {
    const dpop = proof()
    await issue({ dpop })
    expect(await refusal(() => issue({ dpop }))).toMatchObject({ status: 400, code: 'invalid_dpop_proof' })
  })
})

describe('Bearer', () => {
  const bearerClient = client({ flags: flags({ allowBearer: true }) })
  it('needs the flag of the client and of every API', async () => {
    expect((await refusal(() => issue({ dpop: undefined }))).text).toContain('allowBearer')
    deps.registry.add(bearerClient)
    expect((await refusal(() => issue({ dpop: undefined }))).code).toBe('invalid_dpop_proof')
    deps.registry.apis.set(JOURNAL, api({ allowBearer: true }))
    const answer = await issue({ dpop: undefined })
    expect(answer.token_type).toBe('Bearer')
    expect(claimsOf(answer.access_token)['cnf']).toBeUndefined()
  })

  it('a client that may use Bearer still gets DPoP for a proof', async () => {
    deps.registry.add(bearerClient)
    expect((await issue()).token_type).toBe('DPoP')
  })
})

describe('readiness', () => {
  it('a stale process issues nothing, whatever is asked', async () => {
    deps = { ...deps, unready: () => 'the registry read model is stale' }
    const refused = await refusal(issue)
    expect(refused).toMatchObject({ status: 503, code: 'temporarily_unavailable' })
    expect(refused.text).not.toContain('read model')
    expect(deps.signer.orders).toEqual([])
  })

  it('a refused request spends nothing', async () => {
    const again = authentication()
    expect((await refusal(() => issue({ form: { ...again, scope: 'a:b/none' } }))).code).toBe('invalid_scope')
    expect((await issue({ form: again })).expires_in).toBe(600)
  })
})
