import type { Manifest } from '../helm.js'

interface Container {
  readonly name: string
  readonly securityContext?: {
    readonly allowPrivilegeEscalation?: boolean
    readonly readOnlyRootFilesystem?: boolean
    readonly privileged?: boolean
    readonly runAsUser?: number
    readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] }
  }
  readonly env?: readonly {
    readonly name: string
    readonly value?: string
    readonly valueFrom?: { readonly secretKeyRef?: unknown }
  }[]
}

export interface PodSpec {
  readonly containers: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly automountServiceAccountToken?: boolean
  readonly hostNetwork?: boolean
  readonly hostPID?: boolean
  readonly hostIPC?: boolean
  readonly securityContext?: {
    readonly runAsNonRoot?: boolean
    readonly runAsUser?: number
    readonly fsGroup?: number
    readonly seccompProfile?: { readonly type?: string }
  }
  readonly volumes?: readonly { readonly name: string; readonly hostPath?: unknown }[]
  readonly [member: string]: unknown
}

/** The pod of a Pod, Deployment or Job; undefined for other kinds. */
export function podOf(manifest: Manifest): PodSpec | undefined {
  const spec = manifest['spec'] as { template?: { spec: PodSpec } } | undefined
  if (manifest.kind === 'Pod') return spec as unknown as PodSpec
  return spec?.template?.spec
}

/**
 * What a pod does against the "restricted" Pod Security Standard and against Tillit's own additions: read-only root, no
 * user id, no API token, no credential in the environment (operations.md, C6, C14, E18, E19).
 */
export function securityProblems(manifest: Manifest): string[] {
  const pod = podOf(manifest)
  if (!pod) return []
  const problems: [boolean, string][] = [
    [pod.securityContext?.runAsNonRoot !== true, 'runAsNonRoot is not set'],
    [pod.securityContext?.seccompProfile?.type !== 'RuntimeDefault', 'seccompProfile is not RuntimeDefault'],
    [pod.securityContext?.runAsUser !== undefined, 'names a user id'],
    [pod.securityContext?.fsGroup !== undefined, 'names a group id'],
    [pod.automountServiceAccountToken !== false, 'mounts an API token'],
    [pod.hostNetwork === true || pod.hostPID === true || pod.hostIPC === true, 'shares a namespace of the host'],
    [(pod.volumes ?? []).some((volume) => volume.hostPath !== undefined), 'mounts a folder of the host'],
    ...[...pod.containers, ...(pod.initContainers ?? [])].flatMap(containerProblems),
  ]
  const name = `${manifest.kind} ${manifest.metadata.name}`
  return problems.filter(([wrong]) => wrong).map(([, problem]) => `${name}: ${problem}`)
}

function containerProblems(container: Container): [boolean, string][] {
  const context = container.securityContext
  const at = (problem: string): string => `container ${container.name} ${problem}`
  return [
    [context?.allowPrivilegeEscalation !== false, at('may gain privileges')],
    [context?.privileged === true, at('is privileged')],
    [context?.readOnlyRootFilesystem !== true, at('has a writable root')],
    [context?.runAsUser !== undefined, at('names a user id')],
    [context?.capabilities?.drop?.includes('ALL') !== true, at('keeps capabilities')],
    [(context?.capabilities?.add ?? []).length > 0, at('adds capabilities')],
    [
      (container.env ?? []).some((entry) => entry.valueFrom?.secretKeyRef !== undefined),
      at('has a Secret in its environment'),
    ],
  ]
}
