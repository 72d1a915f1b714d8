import type { Manifest } from '../helm.js'
import { kindOf, kinds } from './kinds.js'

interface Model {
  validate(): void
}
type ModelClass = new (data: object) => Model

const loaded = new Map<string, ModelClass>()

/**
 * What the Kubernetes schemas, and those of the custom resources, have against a manifest: one line each, none when it is
 * valid. Offline. An unknown member passes here; `unknownMembers` finds those.
 */
export async function problemsOf(manifest: Manifest): Promise<string[]> {
  const what = `${manifest.kind} ${manifest.metadata.name}`
  const known = kinds[kindOf(manifest)]
  if (!known) return [`${what}: ${kindOf(manifest)} has no schema in manifests/kinds.ts`]
  const Class = loaded.get(known.module) ?? ((await import(known.module)) as Record<string, ModelClass>)[known.name]
  if (!Class) return [`${what}: ${known.module} exports no ${known.name}`]
  loaded.set(known.module, Class)
  try {
    new Class(manifest).validate()
    return []
  } catch (error) {
    return [`${what}: ${error instanceof Error ? error.message : String(error)}`]
  }
}
