import { sameValue, type Organisation } from './model.js'
import type { Held } from './ports.js'

/**
 * The organisations that really change, with the sub-unit lists of every main unit that a change touches: a change of a
 * sub-unit re-publishes its main unit. Main units come first, since a sub-unit refers to its main unit.
 */
export function withFamilies(changed: ReadonlyMap<string, Organisation>, held: Held): Organisation[] {
  const after = new Map([...held.organisations, ...changed])
  const units = new Map<string, string[]>()
  for (const unit of after.values()) {
    if (unit.parent !== undefined && unit.status === 'active') {
      units.set(unit.parent, [...(units.get(unit.parent) ?? []), unit.orgnr])
    }
  }
  const touched = new Set(changed.keys())
  for (const orgnr of changed.keys()) {
    for (const parent of [held.organisations.get(orgnr)?.parent, changed.get(orgnr)?.parent]) {
      if (parent !== undefined) touched.add(parent)
    }
  }
  return [...touched]
    .flatMap((orgnr) => {
      const value = after.get(orgnr)
      return value ? [{ ...value, subUnits: (units.get(orgnr) ?? []).toSorted() }] : []
    })
    .filter((value) => !sameValue(value, held.organisations.get(value.orgnr)))
    .toSorted((a, b) => Number(a.parent !== undefined) - Number(b.parent !== undefined))
}
