import { createHash, randomUUID } from 'node:crypto'
import type { KeysEntry } from '@tillit/events'
import { createHttp, createLogger, protectedApi } from '@tillit/service-kit'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose'
import type { FakeRegistry } from '../store/registry.fake.js'
import { adminRoutes } from './admin.js'
import { MAX_DOCUMENT } from './import.js'

const ISSUER = 'https://issuer.test'
const AUDIENCE = 'tillit:registry'

interface Pair {
  readonly privateKey: CryptoKey
  readonly jwk: Record<string, unknown>
  readonly thumbprint: string
}
async function newPair(): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(publicKey)
  return { privateKey, jwk: { ...jwk }, thumbprint: await calculateJwkThumbprint(jwk) }
}

export interface CallOptions {
  readonly method?: 'GET' | 'PUT' | 'POST'
  readonly path: string
  readonly body?: unknown
  readonly headers?: Record<string, string>
  readonly scope?: readonly string[]
  readonly claims?: Record<string, unknown>
  readonly proofClaims?: Record<string, unknown>
  readonly scheme?: 'DPoP' | 'Bearer'
}

/** The admin API behind the real guard, and a client that sends real tokens and proofs to it. */
export class AdminApi {
  private constructor(
    private readonly http: FastifyInstance,
    private readonly keys: { readonly issuer: Pair; readonly client: Pair },
    private readonly clientId: string,
  ) {}

  static async open(store: FakeRegistry, clientId: string): Promise<AdminApi> {
    const issuer = await newPair()
    const log = createLogger({ service: 'client-registry', instance: 'test', level: 'silent', environment: 'test' })
    const http = createHttp({ config: { ISSUER }, log, problemJson: true, bodyLimit: MAX_DOCUMENT })
    const keys: KeysEntry = {
      revision: 1,
      keys: [
        { kid: issuer.thumbprint, alg: 'ES256', purpose: 'access', status: 'active', jwk: issuer.jwk, notBefore: 0 },
      ],
    }
    const spendProof = (id: string, expiresAt: Date): Promise<boolean> => store.spendProof(id, expiresAt)
    await protectedApi(http, { issuer: ISSUER, audience: AUDIENCE, keys: () => keys, spendProof, now: Date.now })
    // The rate limit's clock stands still, so that a slow machine counts as a fast one does.
    const opened = Date.now()
    adminRoutes(http, { store, relay: { kick: () => undefined }, environment: 'test', now: () => opened })
    await http.ready()
    return new AdminApi(http, { issuer, client: await newPair() }, clientId)
  }

  /** Sheds of a machine that is busy with other tests are tried again, as a client does. */
  async call(options: CallOptions): Promise<LightMyRequestResponse> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.send(options)
      if (attempt === 20 || !(answer.statusCode === 503 && answer.body.includes('Too many requests at once')))
        return answer
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
  }

  private async send(options: CallOptions): Promise<LightMyRequestResponse> {
    const { method = 'GET', path, body, headers = {}, scheme = 'DPoP' } = options
    const token = await this.token(options)
    const proof = await this.proof(token, { ...options, method })
    return this.http.inject({
      method,
      url: path,
      headers: { authorization: `${scheme} ${token}`, dpop: proof, ...headers },
      ...(body === undefined ? {} : { payload: body as object }),
    })
  }

  close(): Promise<void> {
    return this.http.close()
  }

  private token({
    scope = ['tillit:registry/read', 'tillit:registry/write'],
    claims = {},
  }: CallOptions): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    const times = { iat: now, nbf: now, exp: now + 300 }
    const own = { client_id: this.clientId, scope, cnf: { jkt: this.keys.client.thumbprint }, jti: randomUUID() }
    return new SignJWT({ iss: ISSUER, aud: AUDIENCE, ...times, ...own, ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: this.keys.issuer.thumbprint })
      .sign(this.keys.issuer.privateKey)
  }

  private proof(token: string, { method = 'GET', path, proofClaims = {} }: CallOptions): Promise<string> {
    const ath = createHash('sha256').update(token).digest('base64url')
    const own = { jti: randomUUID(), htm: method, htu: `${ISSUER}${path.split('?', 1)[0] ?? ''}`, ath }
    return new SignJWT({ iat: Math.floor(Date.now() / 1000), ...own, ...proofClaims })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: this.keys.client.jwk })
      .sign(this.keys.client.privateKey)
  }
}
