import type { JwsAlg } from '@tillit/oauth'
import { addNonceSecret, applySteps } from './key-change.js'
import type { KeyRing, KeyStanding } from './key-ring.js'
import { nonceSecretDue, planEmergency, planKeys, type KeyPolicy, type KeyStep } from './key-schedule.js'
import type { KeyState } from './key-state.js'
import type { KeyPublisher, KeyStore, Now, Vault } from './ports.js'

export interface KeeperDeps {
  readonly store: KeyStore
  readonly vault: Vault
  readonly ring: KeyRing
  readonly publisher: KeyPublisher
  readonly policy: KeyPolicy
  readonly now: Now
  /** Each change that this replica made, for the log and for audit. */
  readonly onStep: (step: KeyStep) => void
}

/** Keeps keys and nonce secrets as the schedule says, on every replica; whoever comes first under the lock does the work. */
export class KeyKeeper {
  readonly #deps: KeeperDeps
  #state: KeyState | undefined

  constructor(deps: KeeperDeps) {
    this.#deps = deps
  }

  /** The last state that was read; undefined before the first. */
  get state(): KeyState | undefined {
    return this.#state
  }

  /**
   * Reads what is stored, does what is due, loads what is new into the ring and publishes. Rejects without a database: the
   * ring keeps what it has.
   */
  async tend(): Promise<void> {
    const seen = await this.#deps.store.read()
    const state = this.#isDue(seen)
      ? await this.#change((at) => planKeys(at.keys, this.#deps.policy, this.#deps.now()))
      : seen
    await this.#load(state)
    await this.#publish(state)
  }

  /** Emergency rotation of one algorithm, whatever the schedule says (security.md, section 4). Returns what was done. */
  async rotateNow(alg: JwsAlg): Promise<readonly KeyStep[]> {
    let done: readonly KeyStep[] = []
    const { policy, now } = this.#deps
    const state = await this.#change((at) => (done = planEmergency(at.keys, { ...policy, alg }, now())))
    await this.#load(state)
    await this.#publish(state)
    return done
  }

  /** Another replica published standings: applied at once, so that a withdrawn key signs nothing even without a database. */
  async follow(revision: number, standings: readonly KeyStanding[]): Promise<void> {
    const { ring, store } = this.#deps
    if (revision <= ring.revision) return
    ring.adopt(revision, standings)
    await this.#load(await store.read())
  }

  #isDue(state: KeyState): boolean {
    const now = this.#deps.now()
    if (nonceSecretDue(state.secrets, now) || this.#isBehind(state)) return true
    return planKeys(state.keys, this.#deps.policy, now).length > 0
  }

  /** What is published is newer than what is stored: the database was restored, and its keys must win again. */
  #isBehind(state: KeyState): boolean {
    return state.keysRevision < this.#deps.ring.revision
  }

  async #change(plan: (state: KeyState) => readonly KeyStep[]): Promise<KeyState> {
    const { store, vault, now, onStep } = this.#deps
    let steps: readonly KeyStep[] = []
    const state = await store.change(async (at) => {
      const time = now()
      steps = plan(at)
      const renew = nonceSecretDue(at.secrets, time)
      const behind = this.#isBehind(at)
      if (steps.length === 0 && !renew && !behind) return undefined
      const next = steps.length > 0 || behind ? await applySteps(at, steps, { vault, now: time }) : at
      return renew ? addNonceSecret(next, { vault, now: time }) : next
    })
    steps.forEach(onStep)
    return state
  }

  async #load(state: KeyState): Promise<void> {
    const { vault, ring } = this.#deps
    this.#state = state
    const fresh = state.keys.filter((key) => key.wrapped !== undefined && !ring.has(key.kid))
    const signers = await Promise.all(fresh.map((key) => vault.open(key)))
    ring.adopt(state.keysRevision, state.keys)
    for (const signer of signers) ring.add(signer)
  }

  async #publish(state: KeyState): Promise<void> {
    const { publisher, vault } = this.#deps
    await publisher.publishKeys(state)
    await publisher.publishNonces(state, await Promise.all(state.secrets.map((secret) => vault.seal(secret))))
  }
}
