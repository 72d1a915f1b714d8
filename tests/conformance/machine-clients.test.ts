import { beforeAll, describe, expect, it } from '@jest/globals'
import { importJWK, type CryptoKey } from 'jose'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { Agent, fetch as undiciFetch } from 'undici'
import { constellation, type TestConstellation } from '../support/constellation.js'

let c: TestConstellation
let fetchWithCa: (url: string, init: object) => Promise<Response>
const SCOPE = 'granfjelldal:journal/read'

const signingKey = async (clientId: string): Promise<CryptoKey> => {
  const { key } = c.client(clientId).options
  return (await importJWK(key.privateKey.export({ format: 'jwk' }), key.alg)) as CryptoKey
}

beforeAll(async () => {
  c = await constellation()
  const dispatcher = new Agent({ connect: { ca: c.ca } })
  fetchWithCa = async (url, init) => {
    const answer = await undiciFetch(url, { ...init, dispatcher })
    return new Response(await answer.text(), { status: answer.status, headers: [...answer.headers] })
  }
})

describe('openid-client, unmodified', () => {
  it('discovers, answers the nonce challenge and gets a DPoP token', async () => {
    const config = await openid.discovery(
      new URL(c.issuer),
      'test-ehr',
      undefined,
      openid.PrivateKeyJwt(await signingKey('test-ehr')),
      {
        [openid.customFetch]: fetchWithCa,
      },
    )
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'))
    const tokens = await openid.clientCredentialsGrant(config, { scope: SCOPE }, { DPoP })
    expect(tokens.token_type).toBe('dpop')
    expect(tokens.expires_in).toBe(600)
    expect(tokens.scope).toBe(SCOPE)
    await openid.tokenRevocation(config, tokens.access_token)
  })
})

describe('oauth4webapi, unmodified', () => {
  it("gets a token, and the API's client introspects it", async () => {
    const issuer = new URL(c.issuer)
    const options = { [oauth.customFetch]: fetchWithCa }
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options))
    const client: oauth.Client = { client_id: 'test-ehr' }
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
    const auth = oauth.PrivateKeyJwt(await signingKey('test-ehr'))
    const ask = (): Promise<Response> =>
      oauth.clientCredentialsGrantRequest(as, client, auth, new URLSearchParams({ scope: SCOPE }), { ...options, DPoP })
    let response = await ask()
    let result: oauth.TokenEndpointResponse
    try {
      result = await oauth.processClientCredentialsResponse(as, client, response)
    } catch (error) {
      if (!oauth.isDPoPNonceError(error)) throw error
      response = await ask()
      result = await oauth.processClientCredentialsResponse(as, client, response)
    }
    expect(result.access_token.split('.')).toHaveLength(3)

    const api: oauth.Client = { client_id: 'test-journal-api' }
    const introspection = await oauth.introspectionRequest(
      as,
      api,
      oauth.PrivateKeyJwt(await signingKey('test-journal-api')),
      result.access_token,
      options,
    )
    expect(await oauth.processIntrospectionResponse(as, api, introspection)).toMatchObject({
      active: true,
      client_id: 'test-ehr',
    })
  })

  it('shows each refusal as the error that RFC 6749 names', async () => {
    const issuer = new URL(c.issuer)
    const options = { [oauth.customFetch]: fetchWithCa }
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options))
    const client: oauth.Client = { client_id: 'test-ehr' }
    const wrongKey = await signingKey('test-other')
    const response = await oauth.clientCredentialsGrantRequest(
      as,
      client,
      oauth.PrivateKeyJwt(wrongKey),
      new URLSearchParams({ scope: SCOPE }),
      options,
    )
    await expect(oauth.processClientCredentialsResponse(as, client, response)).rejects.toMatchObject({
      error: 'invalid_client',
    })
  })
})
