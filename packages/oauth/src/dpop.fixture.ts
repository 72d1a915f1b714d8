import { checkDpopProof, type CheckedProof, type DpopCheck } from './dpop.js'
import type { JwsAlg } from './jws-alg.js'
import { ecKey, jwsWith, NOW, refusal, TOKEN_ENDPOINT, type TestKey } from './keys.fixture.js'

export const key = ecKey()
export const CLAIMS = { jti: 'proof-1', htm: 'POST', htu: TOKEN_ENDPOINT, iat: NOW }
export const HEADER = { typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk }

export function proof(
  claims: object = {},
  header: object = {},
  signer: { key: TestKey; alg: JwsAlg } = { key, alg: 'ES256' },
): string {
  const payload = JSON.stringify({ ...CLAIMS, ...claims })
  return jwsWith({ ...HEADER, ...header }, payload, { key: signer.key.privateKey, alg: signer.alg })
}

export function check(text: string, extra: Partial<DpopCheck> = {}): CheckedProof {
  return checkDpopProof({ proof: text, method: 'POST', url: TOKEN_ENDPOINT, now: NOW, ...extra })
}

/** Asserts a 400 invalid_dpop_proof with such a text. */
export function refuses(text: string, why: string | RegExp, extra: Partial<DpopCheck> = {}): void {
  const error = refusal(() => check(text, extra))
  if (error.code !== 'invalid_dpop_proof' || error.status !== 400)
    throw new Error(`refused as ${error.code} ${error.status}`)
  if (!new RegExp(why).test(error.publicText)) throw new Error(`refused with: ${error.publicText}`)
}
