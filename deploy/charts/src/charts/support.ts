import { jest } from '@jest/globals'
import type { Manifest } from '../helm.js'
import { podOf } from '../manifests/pod-security.js'
import type { PodSpec } from '../manifests/pod-security.js'

/** A test renders several times, each a process of its own; on a busy machine that outlives the default of 5 s. */
jest.setTimeout(60_000)

/** The one manifest of a kind and a name without the release's prefix. Throws when there is none, listing what there is. */
export function find(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = manifests.filter((one) => one.kind === kind && one.metadata.name === `demo-tillit-${name}`)
  if (found.length === 1 && found[0]) return found[0]
  throw new Error(
    `${found.length} of ${kind} ${name} in ${manifests.map((one) => `${one.kind} ${one.metadata.name}`).join(', ')}`,
  )
}

export const has = (manifests: readonly Manifest[], kind: string, name: string): boolean =>
  manifests.some((one) => one.kind === kind && one.metadata.name === `demo-tillit-${name}`)

export function pod(manifests: readonly Manifest[], kind: string, name: string): PodSpec {
  const spec = podOf(find(manifests, kind, name))
  if (!spec) throw new Error(`${kind} ${name} has no pod`)
  return spec
}

/** The plain environment of a pod's first container. */
export const environment = (spec: PodSpec): Record<string, string | undefined> =>
  Object.fromEntries((spec.containers[0]?.env ?? []).map(({ name, value }) => [name, value]))

/** What a Deployment, HPA or policy says under `spec`. */
export const specOf = (manifest: Manifest): Record<string, unknown> => manifest['spec'] as Record<string, unknown>

export const workloads = (manifests: readonly Manifest[]): Manifest[] =>
  manifests.filter((one) => podOf(one) !== undefined)

export const SERVICES = ['token', 'signing-key', 'client-registry', 'audit'] as const
