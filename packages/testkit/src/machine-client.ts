import { createHash, createPrivateKey, generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto'
import { Agent, request, type Dispatcher } from 'undici'

type Json = Record<string, unknown>
type Form = Record<string, string | string[] | undefined>
type Headers = Record<string, string | string[]>

const ES256 = { digest: 'sha256', options: { dsaEncoding: 'ieee-p1363' } }
const ALGS: Record<string, { digest: string | null; options: object }> = {
  ES256,
  ES384: { digest: 'sha384', options: { dsaEncoding: 'ieee-p1363' } },
  ES512: { digest: 'sha512', options: { dsaEncoding: 'ieee-p1363' } },
  RS256: { digest: 'sha256', options: { padding: 1 } },
  RS512: { digest: 'sha512', options: { padding: 1 } },
  PS256: { digest: 'sha256', options: { padding: 6, saltLength: 32 } },
  EdDSA: { digest: null, options: {} },
}
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const without = (value: Json): Json =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined))

/** A compact JWS with any header and claims, also wrong ones: written apart from the product's own code on purpose. */
export function makeJws(header: Json, claims: Json, key: KeyObject): string {
  const input = `${encode(without(header))}.${encode(without(claims))}`
  const alg = ALGS[String(header['alg'])] ?? ES256
  return `${input}.${sign(alg.digest, Buffer.from(input), { key, ...alg.options }).toString('base64url')}`
}

export interface TestKey {
  readonly alg: string
  readonly privateKey: KeyObject
  readonly jwk: Json
}

export function makeKey(alg = 'ES256', modulusLength = 2048): TestKey {
  const curve = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }[alg]
  const pair = curve
    ? generateKeyPairSync('ec', { namedCurve: curve })
    : alg === 'EdDSA'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('rsa', { modulusLength })
  return { alg, privateKey: pair.privateKey, jwk: pair.publicKey.export({ format: 'jwk' }) as Json }
}

export const keyFromJwk = (jwk: Json, alg: string): TestKey => {
  const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...publicJwk } = jwk
  return { alg, privateKey: createPrivateKey({ key: jwk, format: 'jwk' }), jwk: publicJwk }
}

export interface Answer {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly text: string
  /** The parsed body, or an empty object where it is not a JSON object. */
  readonly body: Json
}

export interface MachineClientOptions {
  readonly issuer: string
  readonly clientId: string
  readonly key: TestKey
  readonly dpopKey?: TestKey
  /** PEM of the local CA, for https. */
  readonly ca?: string
  /** Where requests go instead of the issuer, e.g. one replica's own port. */
  readonly baseUrl?: string
}

export interface TokenOptions {
  readonly form?: Form
  readonly assertion?: { header?: Json; claims?: Json; key?: TestKey }
  readonly proof?: { header?: Json; claims?: Json; key?: TestKey } | false
  readonly headers?: Headers
  readonly baseUrl?: string
  /** Sent in place of a made one. */
  readonly rawAssertion?: string
  readonly rawProof?: string
}

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const seconds = (): number => Math.floor(Date.now() / 1000)
export const formBody = (form: Form): string => {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(form)) for (const one of [value ?? []].flat()) params.append(name, one)
  return params.toString()
}

/** A relying party's machine client for tests and the demo: private_key_jwt and DPoP, every part of it overridable. */
export class MachineClient {
  readonly options: MachineClientOptions
  readonly dpopKey: TestKey
  readonly #dispatcher: Dispatcher
  nonce: string | undefined

  constructor(options: MachineClientOptions) {
    this.options = options
    this.dpopKey = options.dpopKey ?? makeKey()
    this.#dispatcher = new Agent({
      connect: options.ca ? { ca: options.ca } : {},
      headersTimeout: 15_000,
      bodyTimeout: 15_000,
    })
  }

  get jkt(): string {
    const { crv, kty, x, y } = this.dpopKey.jwk
    return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')
  }

  /** A client assertion; a member given as undefined is left out. */
  assertion(overrides: TokenOptions['assertion'] = {}): string {
    const key = overrides.key ?? this.options.key
    const { clientId, issuer } = this.options
    const now = seconds()
    return makeJws(
      { alg: key.alg, typ: 'client-authentication+jwt', ...overrides.header },
      { iss: clientId, sub: clientId, aud: issuer, iat: now, exp: now + 30, jti: randomUUID(), ...overrides.claims },
      key.privateKey,
    )
  }

  /** A DPoP proof for the token endpoint unless `htm`/`htu` say otherwise. */
  proof(overrides: Exclude<TokenOptions['proof'], false> = {}): string {
    const key = overrides.key ?? this.dpopKey
    return makeJws(
      { alg: key.alg, typ: 'dpop+jwt', jwk: key.jwk, ...overrides.header },
      {
        htm: 'POST',
        htu: `${this.options.issuer}/connect/token`,
        iat: seconds(),
        jti: randomUUID(),
        nonce: this.nonce,
        ...overrides.claims,
      },
      key.privateKey,
    )
  }

  async send(
    path: string,
    init: { method?: string; headers?: Headers; body?: string; baseUrl?: string } = {},
  ): Promise<Answer> {
    const base = init.baseUrl ?? this.options.baseUrl ?? this.options.issuer
    const response = await request(`${base}${path}`, {
      method: init.method ?? 'GET',
      headers: init.headers ?? {},
      body: init.body ?? null,
      dispatcher: this.#dispatcher,
    })
    const text = await response.body.text()
    let body: Json = {}
    try {
      const parsed: unknown = JSON.parse(text)
      if (typeof parsed === 'object' && parsed !== null) body = parsed as Json
    } catch {
      // Not JSON: the test looks at `text`.
    }
    return { status: response.statusCode, headers: response.headers, text, body }
  }

  /** The form members that authenticate this client. */
  authentication(options: TokenOptions = {}): Form {
    return {
      client_id: this.options.clientId,
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: options.rawAssertion ?? this.assertion(options.assertion),
    }
  }

  post(path: string, form: Form, init: { headers?: Headers; baseUrl?: string } = {}): Promise<Answer> {
    return this.send(path, {
      method: 'POST',
      body: formBody(form),
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...init.headers },
      ...(init.baseUrl !== undefined && { baseUrl: init.baseUrl }),
    })
  }

  /** One token request as it stands, without answering a nonce challenge. */
  tokenRequest(options: TokenOptions = {}): Promise<Answer> {
    const proof = options.proof === false ? undefined : (options.rawProof ?? this.proof(options.proof))
    return this.post(
      '/connect/token',
      { grant_type: 'client_credentials', ...this.authentication(options), ...options.form },
      {
        headers: { ...(proof !== undefined && { dpop: proof }), ...options.headers },
        ...(options.baseUrl !== undefined && { baseUrl: options.baseUrl }),
      },
    )
  }

  /** A token request that answers the server's nonce challenge once, as a real client does. */
  async token(options: TokenOptions = {}): Promise<Answer> {
    if (this.nonce === undefined && options.proof !== false) await this.challenge(options.baseUrl)
    const first = await this.tokenRequest(options)
    if (first.body['error'] !== 'use_dpop_nonce') return first
    this.nonce = first.headers['dpop-nonce'] as string
    return this.tokenRequest(options)
  }

  /** Fetches a nonce by being challenged. */
  async challenge(baseUrl?: string): Promise<Answer> {
    const answer = await this.tokenRequest({
      proof: { claims: { nonce: undefined } },
      ...(baseUrl !== undefined && { baseUrl }),
    })
    if (typeof answer.headers['dpop-nonce'] === 'string') this.nonce = answer.headers['dpop-nonce']
    return answer
  }

  /** Calls an API with the bound token. `url` is absolute. */
  callApi(
    url: string,
    accessToken: string,
    init: { method?: string; body?: string; headers?: Headers } = {},
  ): Promise<Answer> {
    const ath = createHash('sha256').update(accessToken).digest('base64url')
    const htu = url.split('?')[0] as string
    const method = init.method ?? 'GET'
    const proof = this.proof({ claims: { htm: method, htu, ath, nonce: undefined } })
    const { origin, pathname, search } = new URL(url)
    return this.send(pathname + search, {
      method,
      baseUrl: origin,
      headers: { authorization: `DPoP ${accessToken}`, dpop: proof, ...init.headers },
      ...(init.body !== undefined && { body: init.body }),
    })
  }

  close(): Promise<void> {
    return this.#dispatcher.close()
  }
}

/** Header and claims of a JWT, unverified: for tests and for printing. */
export const decodeJwt = (token: string): { header: Json; claims: Json } => {
  const [header, claims] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString())
  return { header: JSON.parse(header ?? '{}') as Json, claims: JSON.parse(claims ?? '{}') as Json }
}
