import type { JwsAlg } from '@tillit/oauth'
import type { KeyRecord, KeyState, NonceRecord } from './domain/key-state.js'
import type { KeyPublisher, KeyStore, Signer, Vault } from './domain/ports.js'

/** Keys in memory; the same suite holds it and the one in PostgreSQL to the same behaviour. */
export class MemoryKeyStore implements KeyStore {
  #state: KeyState = { keysRevision: 0, keys: [], nonceRevision: 0, secrets: [] }
  #lock: Promise<unknown> = Promise.resolve()
  readonly #now: () => number
  /** Set to make every call fail, as without a database. */
  down = false

  constructor(now: () => number) {
    this.#now = now
  }

  read(): Promise<KeyState> {
    return this.down ? Promise.reject(new Error('no database')) : Promise.resolve(this.#state)
  }

  change(decide: (state: KeyState) => Promise<KeyState | undefined>): Promise<KeyState> {
    const turn = this.#lock.then(async () => {
      const before = await this.read()
      const wanted = await decide(before)
      if (wanted !== undefined) this.#state = this.#numbered(before, wanted)
      return this.#state
    })
    this.#lock = turn.catch(() => undefined)
    return turn
  }

  #numbered(before: KeyState, wanted: KeyState): KeyState {
    const next = (last: number) => Math.max(last + 1, Math.floor(this.#now() / 1000))
    return {
      ...wanted,
      keysRevision: wanted.keys === before.keys ? before.keysRevision : next(before.keysRevision),
      nonceRevision: wanted.secrets === before.secrets ? before.nonceRevision : next(before.nonceRevision),
    }
  }
}

/** A vault without cryptography: keys are named one after the other, and what it wraps says what it is. */
export class PlainVault implements Vault {
  readonly backend = 'plain'
  made = 0

  makeKey(alg: JwsAlg): ReturnType<Vault['makeKey']> {
    const kid = `${alg}-${(this.made += 1)}`
    return Promise.resolve({ kid, publicJwk: { kty: 'EC', x: kid }, wrapped: Buffer.from(`private ${kid}`) })
  }

  open({ kid, alg }: KeyRecord): Promise<Signer> {
    return Promise.resolve({ kid, alg, header: (typ) => `${kid} ${typ}`, sign: (input) => `${kid} signed ${input}` })
  }

  makeSecret(id: number): Promise<Uint8Array> {
    return Promise.resolve(Buffer.from(`secret ${id}`))
  }

  seal({ id }: NonceRecord): Promise<string> {
    return Promise.resolve(`sealed ${id}`)
  }
}

/** Remembers the last state that was published. */
export class MemoryPublisher implements KeyPublisher {
  keys: KeyState | undefined
  sealed: readonly string[] = []
  down = false

  publishKeys(state: KeyState): Promise<void> {
    if (this.down) return Promise.reject(new Error('no NATS'))
    this.keys = state
    return Promise.resolve()
  }

  publishNonces(_state: KeyState, sealed: readonly string[]): Promise<void> {
    this.sealed = sealed
    return Promise.resolve()
  }
}
