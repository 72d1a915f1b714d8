import { generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto'

/** One benchmark client: an ES256 key for assertions and another for DPoP, both fixed for the run. */
export interface BenchClient {
  readonly clientId: string
  readonly assertionKey: KeyObject
  readonly assertionJwk: Record<string, unknown>
  readonly dpopKey: KeyObject
  readonly dpopJwk: Record<string, unknown>
}

const ec = (): { privateKey: KeyObject; jwk: Record<string, unknown> } => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { privateKey, jwk: publicKey.export({ format: 'jwk' }) as Record<string, unknown> }
}

export function makeClients(count: number): BenchClient[] {
  return Array.from({ length: count }, (_, i) => {
    const assertion = ec()
    const dpop = ec()
    return {
      clientId: `bench-${String(i).padStart(3, '0')}`,
      assertionKey: assertion.privateKey,
      assertionJwk: assertion.jwk,
      dpopKey: dpop.privateKey,
      dpopJwk: dpop.jwk,
    }
  })
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function jws(header: object, claims: object, key: KeyObject): string {
  const input = `${encode(header)}.${encode(claims)}`
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

export interface Target {
  /** Issuer, and the token endpoint as discovery states it. */
  readonly issuer: string
  readonly tokenEndpoint: string
  readonly path: string
  readonly form: Readonly<Record<string, string>>
  readonly nonce: string | undefined
}

export const makeAssertion = (client: BenchClient, target: Target, now: number): string =>
  jws(
    { alg: 'ES256', typ: 'client-authentication+jwt' },
    { iss: client.clientId, sub: client.clientId, aud: target.issuer, iat: now, exp: now + 60, jti: randomUUID() },
    client.assertionKey,
  )

export const makeProof = (client: BenchClient, target: Target, now: number): string =>
  jws(
    { alg: 'ES256', typ: 'dpop+jwt', jwk: client.dpopJwk },
    {
      htm: 'POST',
      htu: target.tokenEndpoint,
      iat: now,
      jti: randomUUID(),
      ...(target.nonce && { nonce: target.nonce }),
    },
    client.dpopKey,
  )

/** The whole bytes of one token request. */
export function makeRequest(client: BenchClient, target: Target, parts: { assertion: string; proof: string }): Buffer {
  const body = new URLSearchParams({
    ...target.form,
    grant_type: 'client_credentials',
    client_id: client.clientId,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: parts.assertion,
  }).toString()
  const host = new URL(target.tokenEndpoint).host
  return Buffer.from(
    `POST ${target.path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/x-www-form-urlencoded\r\n` +
      `DPoP: ${parts.proof}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

/** `count` distinct requests, spread over the clients, signed now. */
export function makeRequests(clients: readonly BenchClient[], target: Target, count: number): Buffer[] {
  const now = Math.floor(Date.now() / 1000)
  return Array.from({ length: count }, (_, i) => {
    const client = clients[i % clients.length] as BenchClient
    return makeRequest(client, target, {
      assertion: makeAssertion(client, target, now),
      proof: makeProof(client, target, now),
    })
  })
}
