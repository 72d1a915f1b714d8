import { beforeEach, describe, expect, it } from '@jest/globals'
import { readClientAssertion } from '@tillit/oauth'
import { authenticateClient, type AuthenticatedClient } from './authenticate-client.js'
import {
  authentication,
  fakeDeps,
  FakeTrail,
  form,
  ISSUER,
  refusal,
  SECONDS,
  TOKEN_ENDPOINT,
  type FakeDeps,
  type JwsParts,
} from './issuing.fixture.js'
import { client, clientKey, ecKey, flags, PARENT, registered } from './registry.fixture.js'

let deps: FakeDeps
let trail: FakeTrail
beforeEach(() => {
  deps = fakeDeps()
  trail = new FakeTrail()
})
const authenticate = (parts: JwsParts & { clientId?: string } = {}): Promise<AuthenticatedClient> =>
  authenticateClient(readClientAssertion(form(authentication(parts))), deps, trail)

describe('authenticateClient', () => {
  it('gives the client, its organisation and what to spend', async () => {
    const { client: found, organisation, spend } = await authenticate({ claims: { jti: 'one' } })
    expect(found.clientId).toBe('ehr')
    expect(organisation.orgnr).toBe(PARENT)
    expect(spend).toEqual({ clientId: 'ehr', jti: 'one', exp: SECONDS + 30 })
  })

  it('refuses an unknown client with the words of a wrong signature (I08)', async () => {
    const unknown = await refusal(() => authenticate({ clientId: 'stranger' }))
    const wrong = await refusal(() => authenticate({ key: ecKey() }))
    expect(unknown).toEqual({ status: 401, code: 'invalid_client', text: wrong.text })
    expect(trail.known?.clientId).toBe('ehr')
  })

  it('I08 has a decoy key for every kind of algorithm: none is told apart by its words', async () => {
    deps.registry.clients.delete('ehr')
    for (const alg of ['ES256', 'ES384', 'ES512', 'RS256', 'PS512', 'EdDSA']) {
      const found = await refusal(() => authenticate({ header: { alg } }))
      expect(found.text).toContain('does not verify')
    }
  })

  it('refuses an expired key, and takes the other of two during a rotation', async () => {
    const second = ecKey()
    deps.registry.add(client({ keys: [registered(clientKey, { expiresAt: SECONDS }), registered(second)] }))
    expect((await refusal(() => authenticate({ header: { kid: registered(clientKey).thumbprint } }))).code).toBe(
      'invalid_client',
    )
    expect((await authenticate({ key: second })).client.clientId).toBe('ehr')
  })

  it('refuses a deactivated client, and one of a deactivated or unknown organisation', async () => {
    deps.registry.add(client({ status: 'deactivated' }))
    expect(await refusal(authenticate)).toMatchObject({ status: 401, code: 'invalid_client' })
    deps.registry.add(client())
    deps.registry.change(PARENT, { status: 'deactivated' })
    expect(await refusal(authenticate)).toMatchObject({ status: 401, code: 'invalid_client' })
    deps.registry.organisations.delete(PARENT)
    expect(await refusal(authenticate)).toMatchObject({ status: 401, code: 'invalid_client' })
  })

  it('tells a stranger nothing about a deactivated client', async () => {
    deps.registry.add(client({ status: 'deactivated' }))
    expect((await refusal(() => authenticate({ key: ecKey() }))).text).not.toContain('deactivated')
  })

  it('refuses an organisation of another environment', async () => {
    deps.registry.change(PARENT, { synthetic: false })
    expect(await refusal(authenticate)).toMatchObject({ status: 401, code: 'invalid_client' })
    deps = { ...deps, environment: 'production' }
    expect((await authenticate()).client.clientId).toBe('ehr')
  })

  it('B01 refuses the token endpoint as audience and names the flag; with it warns', async () => {
    for (const aud of [TOKEN_ENDPOINT, `${ISSUER}/`]) {
      const refused = await refusal(() => authenticate({ claims: { aud } }))
      expect(refused).toMatchObject({ status: 401, code: 'invalid_client' })
      expect(refused.text).toContain('legacyAssertionAudience')
    }
    deps.registry.add(client({ flags: flags({ legacyAssertionAudience: true }) }))
    await authenticate({ claims: { aud: TOKEN_ENDPOINT } })
    expect(trail.warnings).toEqual(['legacy_assertion_audience'])
  })

  it('counts a rate only for a client that has proved itself', async () => {
    const taken: unknown[] = []
    const rates = { take: (...args: unknown[]): number => taken.push(args) && 3 }
    deps = { ...deps, rates }
    deps.registry.add(client({ rateLimit: { perSecond: 1, burst: 1 } }))
    await refusal(() => authenticate({ key: ecKey() }))
    expect(taken).toEqual([])
    expect(await refusal(authenticate)).toMatchObject({ status: 429 })
    expect(taken).toEqual([['ehr', { perSecond: 1, burst: 1 }]])
  })
})
