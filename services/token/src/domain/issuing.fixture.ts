import { hash } from 'node:crypto'
import {
  encodeJwsHeader,
  importPublicJwk,
  parseForm,
  signJws,
  type FormParameters,
  type JsonObject,
  type OAuthError,
} from '@tillit/oauth'
import type { Client } from './model.js'
import type { IssueDeps, RevokeDeps, SignOrder, SignOutcome, Stage, Trail } from './ports.js'
import { clientKey, ecKey, FakeRegistry, type KeyPair } from './registry.fixture.js'

export const ISSUER = 'https://issuer.example'
export const TOKEN_ENDPOINT = `${ISSUER}/connect/token`
/** Epoch milliseconds at which tests stand still. */
export const NOW = 1_800_000_000_000
export const SECONDS = NOW / 1000
export const NONCE = 'good-nonce'

const signerKey = ecKey()
const signerPublic = importPublicJwk(signerKey.jwk)
let count = 0

export interface JwsParts {
  readonly header?: JsonObject
  readonly claims?: JsonObject
  readonly key?: KeyPair
}

function jws(header: JsonObject, claims: JsonObject, key: KeyPair): string {
  return signJws({
    encodedHeader: encodeJwsHeader(header as { alg: 'ES256' }),
    payload: JSON.stringify(claims),
    key: key.privateKey,
    alg: key.alg,
  })
}

/** A good client assertion of `ehr`; members given as undefined are left out. */
export function assertion({ header, claims, key = clientKey }: JwsParts = {}): string {
  const id = { iss: 'ehr', sub: 'ehr', aud: ISSUER, iat: SECONDS, exp: SECONDS + 30, jti: `a${count++}` }
  return jws({ alg: key.alg, typ: 'client-authentication+jwt', ...header }, { ...id, ...claims }, key)
}

export const dpopKey = ecKey()
export const JKT = importPublicJwk(dpopKey.jwk).thumbprint

export function proof({ header, claims, key = dpopKey }: JwsParts = {}): string {
  return jws(
    { alg: key.alg, typ: 'dpop+jwt', jwk: key.jwk, ...header },
    { jti: `p${count++}`, htm: 'POST', htu: TOKEN_ENDPOINT, iat: SECONDS, nonce: NONCE, ...claims },
    key,
  )
}

/** Form text; members given as undefined are left out. */
export function formText(members: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(members).filter((member): member is [string, string] => member[1] !== undefined)
  return new URLSearchParams(given).toString()
}

export function authentication(parts: JwsParts & { readonly clientId?: string } = {}): Record<string, string> {
  const clientId = parts.clientId ?? 'ehr'
  return {
    client_id: clientId,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion({ ...parts, claims: { iss: clientId, sub: clientId, ...parts.claims } }),
  }
}

export const form = (members: Readonly<Record<string, string | undefined>>): FormParameters =>
  parseForm(formText(members))

/** Signs what it is ordered, once per assertion and proof, as signing-key does. */
export class FakeSigner {
  readonly orders: SignOrder[] = []
  readonly #spent = new Set<string>()
  /** Instead of signing. */
  answer: ((order: SignOrder) => SignOutcome | Promise<SignOutcome>) | undefined

  recordAndSign = async (order: SignOrder): Promise<SignOutcome> => {
    this.orders.push(order)
    if (this.answer !== undefined) return this.answer(order)
    if (!this.#spend(`a ${order.assertion.clientId} ${order.assertion.jti}`)) return { ok: false, error: 'replay' }
    if (order.proof && !this.#spend(`p ${order.proof.jkt} ${order.proof.jti}`))
      return { ok: false, error: 'proof_replay' }
    return order.access === undefined ? { ok: true } : { ok: true, access: signOrder(order.access) }
  }

  #spend(id: string): boolean {
    const fresh = !this.#spent.has(id)
    this.#spent.add(id)
    return fresh
  }
}

/** The signer's own work, with parts that a forger would change. */
export function signOrder(
  access: NonNullable<SignOrder['access']>,
  { header, key = signerKey }: { header?: JsonObject; key?: KeyPair } = {},
): string {
  const members = { alg: access.alg, typ: access.typ, kid: signerPublic.thumbprint, ...header }
  return signJws({
    encodedHeader: encodeJwsHeader(members as { alg: 'ES256' }),
    payload: access.payload,
    key: key.privateKey,
    alg: key.alg,
  })
}

export class FakeTrail implements Trail {
  readonly stages: Stage[] = []
  readonly warnings: string[] = []
  readonly alarms: string[] = []
  known: Client | undefined
  asks = (): void => undefined
  enter = (stage: Stage): void => void this.stages.push(stage)
  knows = (client: Client): void => void (this.known = client)
  warn = (cause: string): void => void this.warnings.push(cause)
  alarm = (cause: string, detail: string): void => void this.alarms.push(`${cause}: ${detail}`)
}

export interface FakeDeps extends IssueDeps, RevokeDeps {
  readonly registry: FakeRegistry
  readonly signer: FakeSigner
  readonly revocations: { readonly revoked: object[]; revoke: RevokeDeps['revocations']['revoke'] }
}

export function fakeDeps(rest: Partial<IssueDeps> = {}): FakeDeps {
  const revoked: object[] = []
  return {
    issuer: ISSUER,
    tokenEndpoint: TOKEN_ENDPOINT,
    environment: 'test',
    rates: { take: () => 0 },
    unready: () => undefined,
    now: () => NOW,
    nonces: {
      current: () => NONCE,
      check: (nonce) => (nonce === NONCE ? 'ok' : nonce === undefined ? 'missing' : 'stale'),
    },
    keys: { find: (kid) => (kid === signerPublic.thumbprint ? signerPublic : undefined) },
    dpopKeys: new Map(),
    newJti: () => hash('md5', `${count++}`),
    ...rest,
    registry: new FakeRegistry(),
    signer: new FakeSigner(),
    revocations: {
      revoked,
      revoke: (token) => {
        revoked.push(token)
        return Promise.resolve()
      },
    },
  }
}

/** The claims of a compact JWS, unverified. */
export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
}

/** What a refusal says, for one expectation: status, code and text. */
export async function refusal(action: () => unknown): Promise<{ status: number; code: string; text: string }> {
  try {
    await action()
  } catch (error) {
    const { status, code, publicText } = error as OAuthError
    return { status, code, text: publicText }
  }
  throw new Error('it was not refused')
}
