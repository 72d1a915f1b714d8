import { generateKeyPairSync } from 'node:crypto'
import { afterEach, describe, expect, it } from '@jest/globals'
import type { FastifyInstance } from 'fastify'
import type { KeysEntry } from '@tillit/events'
import { accessTokenHash, jwkThumbprint, ORGNR_PARENT } from '@tillit/oauth'
import { makeJws, makeKey } from '../../../testkit/src/index.js'
import { app, closeApps } from './http.fixture.js'
import { protectedApi, type ProtectedApiOptions } from './protected-api.js'

afterEach(closeApps)

const ISSUER = 'https://issuer.example'
const AUDIENCE = 'tillit:registry'
const NOW = Date.UTC(2026, 6, 1)
const seconds = NOW / 1_000
const issuer = makeKey('ES256')
const rsa = makeKey('RS256')
const client = makeKey('ES256')
const other = makeKey('ES256')

type Claims = Record<string, unknown>

const keys: KeysEntry = {
  revision: 1,
  keys: [
    { kid: 'k1', alg: 'ES256', purpose: 'access', status: 'active', jwk: issuer.jwk, notBefore: 0 },
    { kid: 'k2', alg: 'PS256', purpose: 'access', status: 'retired', jwk: rsa.jwk, notBefore: 0 },
    { kid: 'k3', alg: 'ES256', purpose: 'access', status: 'withdrawn', jwk: other.jwk, notBefore: 0 },
  ],
}

interface Made {
  readonly http: FastifyInstance
  readonly spent: string[]
  readonly send: (changes?: Changes) => Promise<Sent>
}
interface Changes {
  readonly header?: Claims
  readonly claims?: Claims
  readonly proof?: Claims
  readonly proofHeader?: Claims
  readonly key?: typeof issuer
  readonly proofKey?: typeof issuer
  readonly token?: string
  readonly headers?: (token: string, proof: string) => Record<string, string | string[]>
}
interface Sent {
  readonly status: number
  readonly body: Claims
  readonly challenge: string
}

async function make(options: Partial<ProtectedApiOptions> = {}): Promise<Made> {
  const { http } = app({ problemJson: true })
  const spent: string[] = []
  await protectedApi(http, {
    issuer: ISSUER,
    audience: AUDIENCE,
    keys: () => keys,
    spendProof: (id) => {
      if (spent.includes(id)) return Promise.resolve(false)
      spent.push(id)
      return Promise.resolve(true)
    },
    now: () => NOW,
    ...options,
  })
  const access = { caller: { scope: 'tillit:registry/read' }, limit: '10/s', audit: 'none: a test' }
  http.get('/admin/v1/clients/:id', { config: { access } }, (request) => ({ caller: request.caller }))
  const jkt = jwkThumbprint(client.jwk)
  let count = 0
  return {
    http,
    spent,
    send: async (changes = {}) => {
      const claims = {
        iss: ISSUER,
        aud: AUDIENCE,
        iat: seconds,
        nbf: seconds,
        exp: seconds + 300,
        jti: 'token-1',
        client_id: 'tillit-operator',
        scope: ['tillit:registry/read'],
        cnf: { jkt },
        [ORGNR_PARENT]: '999977774',
        ...changes.claims,
      }
      const header = { alg: 'ES256', typ: 'at+jwt', kid: 'k1', ...changes.header }
      const token = changes.token ?? makeJws(header, claims, (changes.key ?? issuer).privateKey)
      const proofKey = changes.proofKey ?? client
      const proof = makeJws(
        { alg: 'ES256', typ: 'dpop+jwt', jwk: proofKey.jwk, ...changes.proofHeader },
        {
          htm: 'GET',
          htu: `${ISSUER}/admin/v1/clients/x`,
          iat: seconds,
          jti: `proof-${(count += 1)}`,
          ath: accessTokenHash(token),
          ...changes.proof,
        },
        proofKey.privateKey,
      )
      const headers = changes.headers?.(token, proof) ?? { authorization: `DPoP ${token}`, dpop: proof }
      const answer = await http.inject({ method: 'GET', url: '/admin/v1/clients/x?y=1', headers })
      return {
        status: answer.statusCode,
        body: answer.json<Claims>(),
        challenge: String(answer.headers['www-authenticate'] ?? ''),
      }
    },
  }
}

describe('protectedApi', () => {
  it('admits a token with its proof, and tells the route who calls', async () => {
    const { send, spent } = await make()
    const { status, body } = await send()
    expect([status, body['caller']]).toEqual([
      200,
      {
        clientId: 'tillit-operator',
        jti: 'token-1',
        scopes: ['tillit:registry/read'],
        orgnrParent: '999977774',
      },
    ])
    expect(spent).toHaveLength(1)
  })

  it('takes a retired key and another algorithm of the issuer', async () => {
    const { send } = await make()
    expect(await send({ header: { alg: 'PS256', kid: 'k2' }, key: rsa })).toMatchObject({ status: 200 })
  })

  it('D07 refuses a bound token that is sent as Bearer', async () => {
    const { send } = await make()
    const sent = await send({ headers: (token, proof) => ({ authorization: `Bearer ${token}`, dpop: proof }) })
    expect(sent).toMatchObject({ status: 401, body: { error: 'invalid_token' } })
    expect(sent.challenge).toMatch(/^DPoP error="invalid_token".*algs="/)
  })

  it.each([
    ['no token', (_token: string, proof: string) => ({ dpop: proof })],
    ['no proof', (token: string) => ({ authorization: `DPoP ${token}` })],
    ['D06 two proofs', (token: string, proof: string) => ({ authorization: `DPoP ${token}`, dpop: [proof, proof] })],
    [
      'D06 proofs in one header',
      (token: string, proof: string) => ({ authorization: `DPoP ${token}`, dpop: `${proof}, ${proof}` }),
    ],
    ['a lax header', (token: string, proof: string) => ({ authorization: `DPoP  ${token} x`, dpop: proof })],
    [
      'a token in the wrong place',
      (token: string, proof: string) => ({ authorization: `DPoP a, DPoP ${token}`, dpop: proof }),
    ],
  ])('%s is 401', async (_what, headers) => {
    expect(await (await make()).send({ headers })).toMatchObject({ status: 401 })
  })

  it.each<[string, Changes]>([
    ['another issuer', { claims: { iss: 'https://other.example' } }],
    ['another audience', { claims: { aud: 'tillit:audit' } }],
    ['an expired token', { claims: { iat: seconds - 900, exp: seconds - 600 } }],
    ['a token that is not valid yet', { claims: { nbf: seconds + 300 } }],
    ['a token too old whatever its exp', { claims: { iat: seconds - 8_000, exp: seconds + 300 } }],
    ['an ID token', { header: { typ: 'JWT' } }],
    ['a token without typ', { header: { typ: undefined } }],
    ['an unknown key', { header: { kid: 'k9' } }],
    ['a withdrawn key', { header: { kid: 'k3' }, key: other }],
    ['the wrong key under a known name', { key: other }],
    ['a key under another algorithm', { header: { alg: 'RS256', kid: 'k2' }, key: rsa }],
    ['no client', { claims: { client_id: undefined } }],
    ['no binding', { claims: { cnf: undefined } }],
    ['no token at all', { token: 'x' }],
    ['an unsigned token', { token: `${b64({ alg: 'none', typ: 'at+jwt', kid: 'k1' })}.${b64({ iss: ISSUER })}.` }],
  ])('%s is 401 invalid_token', async (_what, changes) => {
    const { send, spent } = await make()
    expect(await send(changes)).toMatchObject({ status: 401, body: { error: 'invalid_token' } })
    expect(spent).toEqual([])
  })

  it('B07 the public key is no HMAC secret', async () => {
    const { createHmac, createPublicKey } = await import('node:crypto')
    const pem = createPublicKey({ key: issuer.jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
    const input = `${b64({ alg: 'HS256', typ: 'at+jwt', kid: 'k1' })}.${b64({ iss: ISSUER, aud: AUDIENCE, exp: seconds + 60 })}`
    const token = `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`
    expect(await (await make()).send({ token })).toMatchObject({ status: 401, body: { error: 'invalid_token' } })
  })

  it.each<[string, Changes]>([
    ['D08 a wrong ath', { proof: { ath: accessTokenHash('another') } }],
    ['D08 no ath', { proof: { ath: undefined } }],
    ['D08 the key of another', { proofKey: other }],
    ['D02 another method', { proof: { htm: 'POST' } }],
    ['D02 another path', { proof: { htu: `${ISSUER}/admin/v1/clients/z` } }],
    ['D03 an old proof', { proof: { iat: seconds - 120 } }],
    [
      'D05 a proof with a private key',
      { proofHeader: { jwk: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }) } },
    ],
  ])('%s is 401', async (_what, changes) => {
    const { send, spent } = await make()
    expect(await send(changes)).toMatchObject({ status: 401 })
    expect(spent).toEqual([])
  })

  it('D01 a proof is used once', async () => {
    const { send } = await make()
    const proof = { jti: 'same' }
    expect(await send({ proof })).toMatchObject({ status: 200 })
    const again = await send({ proof })
    expect(again).toMatchObject({ status: 401, body: { error: 'invalid_dpop_proof' } })
  })

  it('a good token without the scope is 403, and is told which', async () => {
    const sent = await (await make()).send({ claims: { scope: ['tillit:registry/write'] } })
    expect(sent).toMatchObject({ status: 403, body: { error: 'insufficient_scope' } })
    expect(sent.challenge).toContain('scope="tillit:registry/read"')
  })

  it('a revoked token is 401; without known keys the answer is 503', async () => {
    const revoked = await make({ isRevoked: (jti) => jti === 'token-1' })
    expect(await revoked.send()).toMatchObject({ status: 401, body: { error: 'invalid_token' } })
    const early = await make({ keys: () => undefined })
    expect(await early.send()).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } })
  })
})

function b64(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
