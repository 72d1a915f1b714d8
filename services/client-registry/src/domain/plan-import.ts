import type { Desired } from './desired.js'
import { checkReferences } from './check-references.js'
import { withFamilies } from './families.js'
import { sameValue, UNLISTED, type Entity, type Organisation, type Status } from './model.js'
import { delegationId, type Change, type Held } from './ports.js'
import { ImportRefused } from './problems.js'
import type { Wish } from './wish.js'

/**
 * The changes that make the registry hold what the wish says. What is equal already makes no change, so the same document
 * twice changes nothing the second time. Throws `ImportRefused` when a reference does not hold.
 */
export function planImport(wish: Wish, held: Held): Change[] {
  const problems = checkReferences(wish, held)
  if (problems.length > 0) throw new ImportRefused(problems)
  return [
    ...planOrganisations(wish, held),
    ...wish.apis.flatMap(({ value }) => {
      const before = held.apis.get(value.audience)
      return changeOf({ kind: 'api', value: settled(value, before) }, before)
    }),
    ...wish.clients.flatMap(({ value }) => {
      const before = held.clients.get(value.clientId)
      return changeOf({ kind: 'client', value: settled(value, before) }, before)
    }),
    ...wish.delegations.flatMap(({ value }) => {
      const before = held.delegations.get(delegationId(value.supplier, value.delegator))
      return changeOf({ kind: 'delegation', value: settled(value, before) }, before)
    }),
  ]
}

function planOrganisations(wish: Wish, held: Held): Change[] {
  const changed = new Map<string, Organisation>()
  for (const { value } of wish.organisations) {
    const before = held.organisations.get(value.orgnr)
    const relisted = before?.statusReason === UNLISTED && value.parent !== undefined
    const wanted = relisted ? { ...value, status: 'active' as const } : value
    changed.set(value.orgnr, { ...settled(wanted, before), subUnits: before?.subUnits ?? [] })
  }
  for (const unit of unlisted(wish, held)) changed.set(unit.orgnr, unit)
  return withFamilies(changed, held).flatMap((value) =>
    changeOf({ kind: 'organisation', value }, held.organisations.get(value.orgnr)),
  )
}

/** A listed main unit names all its sub-units: one that is missing is no longer a sub-unit, so nobody may act for it. */
function unlisted(wish: Wish, held: Held): Organisation[] {
  const listed = new Set(wish.organisations.map(({ value }) => value.orgnr))
  return [...held.organisations.values()]
    .filter((unit) => unit.parent !== undefined && listed.has(unit.parent) && !listed.has(unit.orgnr))
    .filter((unit) => unit.status === 'active')
    .map((unit) => ({ ...unit, status: 'deactivated', statusReason: UNLISTED }))
}

/** Status stays as it is unless the document states one: an import never undoes a withdrawal by accident. */
function settled<T extends { readonly status: Status; readonly statusReason?: string }, D extends Desired<T>>(
  wanted: D,
  before: T | undefined,
): D & { readonly status: Status; readonly statusReason?: string } {
  const status = wanted.status ?? before?.status ?? 'active'
  const reason = status === before?.status ? before.statusReason : undefined
  return { ...wanted, status, ...(reason === undefined ? {} : { statusReason: reason }) }
}

/** No change at all, or one with its right name. */
export function changeOf(entity: Entity, before: Entity['value'] | undefined): Change[] {
  if (before === undefined) return [{ entity, action: 'created' }]
  if (sameValue(entity.value, before)) return []
  if (entity.value.status === before.status) return [{ entity, action: 'updated' }]
  return [{ entity, action: entity.value.status === 'active' ? 'activated' : 'deactivated' }]
}
