import type { Entities, Entity, EntityKind, RevokedToken } from './model.js'

/** What the domain needs from outside. */
export type Action = 'created' | 'updated' | 'activated' | 'deactivated' | 'revoked'

export interface Change {
  readonly entity: Entity
  readonly action: Exclude<Action, 'revoked'>
  /** Why, in an operator's words. */
  readonly reason?: string
}

export interface CommittedChange {
  readonly kind: EntityKind
  readonly subject: readonly string[]
  readonly action: Action
  readonly revision: number
}

/** Which records a change is going to look at. */
export interface Lookup {
  readonly organisations: readonly string[]
  readonly apis: readonly string[]
  readonly clients: readonly string[]
  /** [supplier, delegator] */
  readonly delegations: readonly (readonly [string, string])[]
  /** Thumbprints. */
  readonly keys: readonly string[]
}

/** The records that were found; organisations include every sub-unit of those looked up. */
export interface Held {
  readonly organisations: ReadonlyMap<string, Entities['organisation']>
  readonly apis: ReadonlyMap<string, Entities['api']>
  readonly clients: ReadonlyMap<string, Entities['client']>
  /** By `delegationId`. */
  readonly delegations: ReadonlyMap<string, Entities['delegation']>
  /** Thumbprint -> client id. */
  readonly keyOwners: ReadonlyMap<string, string>
  /** Registry revision of each record, by `recordId`. */
  readonly revisions: ReadonlyMap<string, number>
}

export const delegationId = (supplier: string, delegator: string): string => `${supplier}/${delegator}`
export const recordId = (kind: EntityKind, subject: readonly string[]): string => `${kind}:${subject.join('/')}`

export interface WriteOptions {
  /** Who, without personal data: `client:<id>` or `import`. */
  readonly actor: string
  /** Everything is checked and planned, nothing is kept. */
  readonly dryRun?: boolean
}

export type Stored<K extends EntityKind> = Entities[K] & { readonly revision: number }

export interface RegistryStore {
  find<K extends EntityKind>(kind: K, subject: readonly string[]): Promise<Stored<K> | undefined>
  /**
   * One transaction: locks the registry, reads what `lookup` names, lets `plan` decide, writes the changes, each with a
   * revision of its own and its outbox row. A throw of `plan` changes nothing. Changes come back in the order of `plan`.
   */
  change(lookup: Lookup, plan: (held: Held) => readonly Change[], options: WriteOptions): Promise<CommittedChange[]>
  /** Idempotent: the revision of the first revocation of this token, and whether this call made it. */
  revoke(token: RevokedToken, options: WriteOptions): Promise<{ revision: number; created: boolean }>
  /** An active client of an active organisation: a withdrawn operator has lost the admin API at once. */
  mayAct(clientId: string, jti: string): Promise<boolean>
}

export interface ProofStore {
  /** False when the id was seen before. */
  spendProof(id: string, expiresAt: Date): Promise<boolean>
}

/** Something was committed: tell it now rather than at the next poll. */
export interface Relay {
  kick(): void
}

/** Epoch milliseconds. */
export type Now = () => number
