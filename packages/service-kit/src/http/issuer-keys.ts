import { createPublicKey } from 'node:crypto'
import type { KeysEntry } from '@tillit/events'
import { challenge } from './authorization.js'
import { unavailable } from './known-errors.js'

export const API_ALGS = ['ES256', 'PS256', 'RS256'] as const

/** The issuer's public keys as PEM, imported once each. */
export class IssuerKeys {
  readonly #current: () => KeysEntry | undefined
  readonly #pems = new Map<string, string>()
  #revision = -1

  constructor(current: () => KeysEntry | undefined) {
    this.#current = current
  }

  /** Throws 401 for a key that is unknown, withdrawn, not yet valid or meant for another algorithm. */
  pem(kid: unknown, alg: unknown, nowSeconds: number): string {
    const entry = this.#current()
    if (!entry) throw unavailable('The keys of the issuer are not known yet')
    if (entry.revision !== this.#revision) {
      this.#pems.clear()
      this.#revision = entry.revision
    }
    const key = entry.keys.find((candidate) => candidate.kid === kid && candidate.alg === alg)
    const gone = key?.removeAfter !== undefined && key.removeAfter < nowSeconds
    if (!key || key.status === 'withdrawn' || gone)
      throw challenge('invalid_token', 'The access token is not signed with a key of this issuer')
    return this.#pems.get(key.kid) ?? this.#import(key.kid, key.jwk)
  }

  #import(kid: string, jwk: object): string {
    const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({
      type: 'spki',
      format: 'pem',
    })
    this.#pems.set(kid, pem)
    return pem
  }
}
