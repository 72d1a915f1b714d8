import type { JwsAlg } from '@tillit/oauth'
import type { KeyStatus } from './key-state.js'
import type { Signer } from './ports.js'

/** What the published entry says about a key; the database says the same, later or earlier. */
export interface KeyStanding {
  readonly kid: string
  readonly alg: string
  readonly status: KeyStatus
}

/**
 * The unwrapped keys of this replica: active ones and spares, so that a switch needs no database. The higher revision of
 * standings wins, from wherever it comes; a key that a standing withdraws is dropped at once.
 */
export class KeyRing {
  readonly #signers = new Map<string, Signer>()
  #active = new Map<string, Signer>()
  #standings: readonly KeyStanding[] = []
  #revision = 0

  get revision(): number {
    return this.#revision
  }

  has(kid: string): boolean {
    return this.#signers.has(kid)
  }

  add(signer: Signer): void {
    this.#signers.set(signer.kid, signer)
    this.#settle()
  }

  adopt(revision: number, standings: readonly KeyStanding[]): void {
    if (revision < this.#revision) return
    this.#revision = revision
    this.#standings = standings
    this.#settle()
  }

  active(alg: string): Signer | undefined {
    return this.#active.get(alg)
  }

  /** Algorithms without a key to sign with. */
  missing(algs: readonly JwsAlg[]): readonly JwsAlg[] {
    return algs.filter((alg) => !this.#active.has(alg))
  }

  #settle(): void {
    const usable = new Map(this.#standings.map((standing) => [standing.kid, standing]))
    const active = new Map<string, Signer>()
    for (const [kid, signer] of this.#signers) {
      const status = usable.get(kid)?.status
      if (status === 'active') active.set(signer.alg, signer)
      else if (status !== 'prepublished') this.#signers.delete(kid)
    }
    this.#active = active
  }
}
