import { beforeAll, describe, expect, it } from '@jest/globals'
import { createHash, randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { JWK, JWTPayload } from 'jose'
import { AccessCheck } from './sample-access.js'
import { sampleApi } from './sample-api.js'

const issuer = 'https://issuer.example'
const audience = 'granfjelldal:journal'
const baseUrl = 'http://api.example'
const path = '/journals/13888998001'
type Pair = Awaited<ReturnType<typeof generateKeyPair>>
let [issuerKeys, clientKeys, otherKeys]: (Pair | undefined)[] = []
let clientJwk: JWK

const rules = { issuer, audience, jwksUri: 'unused' }
const api = (): ReturnType<typeof sampleApi> =>
  sampleApi({ rules, baseUrl, check: new AccessCheck(rules, () => (issuerKeys as Pair).publicKey) })

beforeAll(async () => {
  const make = (): Promise<Pair> => generateKeyPair('ES256', { extractable: true })
  ;[issuerKeys, clientKeys, otherKeys] = [await make(), await make(), await make()]
  clientJwk = await exportJWK(clientKeys.publicKey)
})

async function token(claims: JWTPayload = {}, header: { typ?: string } = {}, keys = issuerKeys): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const cnf = { jkt: await calculateJwkThumbprint(clientJwk) }
  const body = {
    iss: issuer,
    aud: audience,
    nbf: now,
    exp: now + 60,
    client_id: 'ehr',
    scope: [`${audience}/read`],
    cnf,
  }
  return new SignJWT({ ...body, ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', ...header })
    .sign((keys as Pair).privateKey)
}

async function proof(accessToken: string, claims: JWTPayload = {}, keys = clientKeys): Promise<string> {
  const jwk = await exportJWK((keys as Pair).publicKey)
  const ath = createHash('sha256').update(accessToken).digest('base64url')
  const body = { htm: 'GET', htu: `${baseUrl}${path}`, jti: randomUUID(), iat: Math.floor(Date.now() / 1000), ath }
  return new SignJWT({ ...body, ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
    .sign((keys as Pair).privateKey)
}

const call = async (
  accessToken: string,
  dpop: string | undefined,
  app = api(),
): Promise<[number, string | undefined]> => {
  const headers = { authorization: `DPoP ${accessToken}`, ...(dpop !== undefined && { dpop }) }
  const answer = await app.inject({ url: `${path}?q=1`, headers })
  return [answer.statusCode, answer.json<{ error?: string }>().error]
}

describe('the sample API', () => {
  it('serves a bound token with its proof, once', async () => {
    const [app, good] = [api(), await token()]
    const once = await proof(good)
    expect(await call(good, once, app)).toEqual([200, undefined])
    expect(await call(good, once, app)).toEqual([401, 'invalid_dpop_proof'])
  })

  it.each([
    ['another issuer', { iss: 'https://other.example' }, {}],
    ['another audience', { aud: 'other' }, {}],
    ['two audiences', { aud: [audience, 'other'] }, {}],
    ['an ended life', { exp: 1 }, {}],
    ['a life not begun', { nbf: 9_999_999_999 }, {}],
    ['an ID token', {}, { typ: 'id+jwt' }],
  ])('refuses a token with %s', async (_, claims, header) => {
    const bad = await token(claims, header)
    expect(await call(bad, await proof(bad))).toEqual([401, 'invalid_token'])
  })

  it('refuses a token that somebody else signed, and one without the scope', async () => {
    const forged = await token({}, {}, otherKeys)
    expect(await call(forged, await proof(forged))).toEqual([401, 'invalid_token'])
    const narrow = await token({ scope: ['other/read'] })
    expect(await call(narrow, await proof(narrow))).toEqual([403, 'insufficient_scope'])
  })

  it('refuses a proof of another key, request, token or time, and none', async () => {
    const good = await token()
    const wrong = [{ htm: 'POST' }, { htu: `${baseUrl}/other` }, { ath: 'other' }, { iat: 1 }]
    for (const claims of wrong) expect(await call(good, await proof(good, claims))).toEqual([401, 'invalid_dpop_proof'])
    expect(await call(good, await proof(good, {}, otherKeys))).toEqual([401, 'invalid_dpop_proof'])
    expect(await call(good, undefined)).toEqual([401, 'invalid_dpop_proof'])
  })

  it('refuses Bearer with a DPoP challenge, and two schemes at once', async () => {
    const good = await token()
    const bearer = await api().inject({
      url: path,
      headers: { authorization: `Bearer ${good}`, dpop: await proof(good) },
    })
    expect([bearer.statusCode, bearer.headers['www-authenticate']]).toEqual([401, expect.stringContaining('DPoP')])
    const both = await api().inject({ url: path, headers: { authorization: `DPoP ${good}, Bearer ${good}` } })
    expect(both.statusCode).toBe(400)
  })
})
