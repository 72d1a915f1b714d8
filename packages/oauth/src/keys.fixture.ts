import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { ClientKey } from './client-assertion.js'
import type { FormParameters } from './form.js'
import { parseForm } from './form.js'
import type { JsonObject } from './json.js'
import { importPublicJwk } from './jwk.js'
import { encodeJwsHeader, signJws } from './jws.js'
import type { JwsAlg } from './jws-alg.js'
import { OAuthError, type OAuthErrorCode } from './oauth-error.js'

export interface TestKey {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly jwk: JsonObject
}

export function ecKey(namedCurve: 'P-256' | 'P-384' | 'P-521' = 'P-256'): TestKey {
  return withJwk(generateKeyPairSync('ec', { namedCurve }))
}

export function rsaKey(modulusLength = 2048): TestKey {
  return withJwk(generateKeyPairSync('rsa', { modulusLength }))
}

export function edKey(): TestKey {
  return withJwk(generateKeyPairSync('ed25519'))
}

function withJwk(pair: { privateKey: KeyObject; publicKey: KeyObject }): TestKey {
  return { ...pair, jwk: { ...pair.publicKey.export({ format: 'jwk' }) } }
}

export function clientKey(key: TestKey, extra: { kid?: string; expiresAt?: number; alg?: string } = {}): ClientKey {
  const { expiresAt, ...members } = extra
  return { ...importPublicJwk({ ...key.jwk, ...members }), expiresAt }
}

export const NOW = 1_790_000_000
export const ISSUER = 'https://issuer.example'
export const TOKEN_ENDPOINT = `${ISSUER}/connect/token`
export const CLIENT_ID = '7d4d0e7f-6153-4a69-8b62-42b522abbee6'

/** A JWS whose header is exactly what is given, so that a test can break it. */
export function jwsWith(header: JsonObject, payload: string, signer: { key: KeyObject; alg: JwsAlg }): string {
  const encodedHeader = encodeJwsHeader(header as { alg: JwsAlg })
  return signJws({ encodedHeader, payload, ...signer })
}

export function assertionForm(assertion: string, extra: Record<string, string> = {}): FormParameters {
  return parseForm(
    new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: CLIENT_ID,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
      ...extra,
    }).toString(),
  )
}

/** Runs something that must refuse; anything but an OAuthError fails the test. */
export function refusal(run: () => unknown): OAuthError {
  try {
    run()
  } catch (error) {
    if (error instanceof OAuthError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

export function expectRefusal(run: () => unknown, code: OAuthErrorCode, text?: string | RegExp): void {
  const error = refusal(run)
  if (error.code !== code) throw new Error(`refused as ${error.code}, not ${code}: ${error.publicText}`)
  const found = typeof text === 'string' ? error.publicText.includes(text) : (text?.test(error.publicText) ?? true)
  if (!found) throw new Error(`refused with: ${error.publicText}`)
}

/** Whether it refuses with an OAuthError; for properties, where either answer is right but nothing else is. */
export function resultOrRefusal<T>(run: () => T): T | OAuthError {
  try {
    return run()
  } catch (error) {
    if (error instanceof OAuthError) return error
    throw error
  }
}

/** E07: texts that make careless patterns and scanners slow. */
export const ADVERSARIAL: readonly string[] = [
  'a'.repeat(100_000),
  `${'a '.repeat(50_000)}"`,
  ' '.repeat(100_000),
  '-'.repeat(100_000),
  '\\"'.repeat(50_000),
  '0'.repeat(100_000),
  'A.'.repeat(50_000),
  ':'.repeat(100_000),
  '/../'.repeat(25_000),
  '%61'.repeat(33_333),
  '\u0000'.repeat(100_000),
  '𝟗'.repeat(50_000),
]
