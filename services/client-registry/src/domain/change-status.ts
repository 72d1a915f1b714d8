import { OAuthError } from '@tillit/oauth'
import { withFamilies } from './families.js'
import type { Entity, EntityKind, Organisation, Status } from './model.js'
import { changeOf } from './plan-import.js'
import { delegationId, recordId, type Change, type Held, type Lookup, type RegistryStore, type Relay } from './ports.js'

export interface StatusChange {
  readonly kind: EntityKind
  readonly subject: readonly string[]
  readonly status: Status
  /** Why: kept with the record and its change event. */
  readonly reason: string
  /** The revision that the caller has seen (If-Match). Absent: whatever it is, as a stop in an emergency needs. */
  readonly expected?: number
}

const nobody: Lookup = { organisations: [], apis: [], clients: [], delegations: [], keys: [] }

/**
 * Withdraws or reactivates one record; issuance follows within a NATS message. Throws `invalid_request` with 404 for an
 * unknown record and 412 for another revision than `expected`. Setting what is set already changes nothing.
 */
export async function changeStatus(
  change: StatusChange,
  actor: string,
  deps: { readonly store: RegistryStore; readonly relay: Relay },
): Promise<void> {
  const committed = await deps.store.change(lookupOf(change), (held) => planStatus(change, held), { actor })
  if (committed.length > 0) deps.relay.kick()
}

function lookupOf({ kind, subject: [first = '', second = ''] }: StatusChange): Lookup {
  switch (kind) {
    case 'organisation':
      return { ...nobody, organisations: [first] }
    case 'api':
      return { ...nobody, apis: [first] }
    case 'client':
      return { ...nobody, clients: [first] }
    case 'delegation':
      return { ...nobody, delegations: [[first, second]] }
  }
}

function planStatus(change: StatusChange, held: Held): Change[] {
  const before = heldEntity(change, held)
  if (!before) throw notFound(change.kind)
  if (change.expected !== undefined && change.expected !== held.revisions.get(recordId(change.kind, change.subject))) {
    const text = 'The record has changed since: read it again and send its ETag as If-Match'
    throw new OAuthError('invalid_request', text, { status: 412 })
  }
  if (before.value.status === change.status && before.value.statusReason === change.reason) return []
  const value = { ...before.value, status: change.status, statusReason: change.reason }
  const entities =
    before.kind === 'organisation' ? family(value as Organisation, held) : [{ ...before, value } as Entity]
  return entities
    .flatMap((entity) => changeOf(entity, heldEntity(refOf(entity, change), held)?.value))
    .map((planned) => ({ ...planned, reason: change.reason }))
}

const family = (value: Organisation, held: Held): Entity[] =>
  withFamilies(new Map([[value.orgnr, value]]), held).map((one) => ({ kind: 'organisation', value: one }))

type Reference = Pick<StatusChange, 'kind' | 'subject'>
const refOf = (entity: Entity, change: Reference): Reference =>
  entity.kind === 'organisation' ? { kind: 'organisation', subject: [entity.value.orgnr] } : change

function heldEntity({ kind, subject: [first = '', second = ''] }: Reference, held: Held): Entity | undefined {
  switch (kind) {
    case 'organisation':
      return entityOf(kind, held.organisations.get(first))
    case 'api':
      return entityOf(kind, held.apis.get(first))
    case 'client':
      return entityOf(kind, held.clients.get(first))
    case 'delegation':
      return entityOf(kind, held.delegations.get(delegationId(first, second)))
  }
}

const entityOf = (kind: EntityKind, value: Entity['value'] | undefined): Entity | undefined =>
  value === undefined ? undefined : ({ kind, value } as Entity)

export const notFound = (kind: EntityKind): OAuthError =>
  new OAuthError('invalid_request', `There is no such ${kind}`, { status: 404 })
