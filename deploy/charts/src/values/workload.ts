import Type from 'typebox'
import type { TProperties, TSchema } from 'typebox'
import { Choice, Count, OrNull, Passed, PassedList, Strict, Switch, Text, TextMap } from './shapes.js'

const Autoscaling = Strict({
  enabled: Switch,
  minReplicas: Count(1),
  maxReplicas: OrNull(Count(1)),
  targetCPUUtilizationPercentage: OrNull(Type.Integer({ minimum: 1, maximum: 1000 })),
  extraMetrics: PassedList,
  behavior: Passed,
})

const Keda = Strict({
  enabled: Switch,
  minReplicas: Count(0),
  maxReplicas: OrNull(Count(1)),
  pollingInterval: Count(1),
  cooldownPeriod: Count(0),
  triggers: PassedList,
  fallback: Passed,
})

const Spread = Strict({
  topologyKey: Type.String({ minLength: 1 }),
  maxSkew: Count(1),
  whenUnsatisfiable: Choice('DoNotSchedule', 'ScheduleAnyway'),
})

const Operation = Type.Object(
  {
    op: Choice('add', 'remove', 'replace'),
    path: Type.String({ pattern: '^/' }),
    value: Type.Optional(Type.Unknown()),
  },
  { additionalProperties: false },
)

/** The escape hatch for each kind of object that a workload has. */
export const Patch = (...kinds: string[]): TSchema =>
  Strict(Object.fromEntries(kinds.map((kind) => [kind, Strict({ merge: Passed, json: Type.Array(Operation) })])))

/** Where and how a pod runs: the same for services and Jobs. */
const scheduling = {
  nodeSelector: TextMap,
  tolerations: PassedList,
  affinity: Passed,
  priorityClassName: Text,
  runtimeClassName: Text,
  dnsConfig: Passed,
  hostAliases: PassedList,
  podLabels: TextMap,
  podAnnotations: TextMap,
  podSecurityContext: Passed,
  containerSecurityContext: Passed,
  extraEnv: PassedList,
  extraVolumes: PassedList,
  extraVolumeMounts: PassedList,
  extraIngress: PassedList,
  extraEgress: PassedList,
  resources: Passed,
  serviceAccount: Strict({ annotations: TextMap }),
} satisfies TProperties

const PATCHED = [
  'serviceAccount',
  'deployment',
  'service',
  'privateService',
  'podDisruptionBudget',
  'hpa',
  'scaledObject',
  'networkPolicy',
  'monitor',
]

/** The keys of `common`, which a service may override; `config` holds the service's own variables. */
export const workload = (config: TSchema): TProperties => ({
  ...scheduling,
  config,
  replicas: Count(0),
  autoscaling: Autoscaling,
  keda: Keda,
  podDisruptionBudget: Strict({ enabled: Switch }),
  drain: Strict({ by: Choice('process', 'preStop'), seconds: Type.Integer({ minimum: 0, maximum: 600 }) }),
  shutdownMs: Type.Integer({ minimum: 1_000, maximum: 600_000 }),
  terminationGracePeriodSeconds: OrNull(Count(1)),
  revisionHistoryLimit: Count(0),
  probes: Strict({ startup: Passed, liveness: Passed, readiness: Passed }),
  topologySpread: Type.Array(Spread),
  initContainers: PassedList,
  sidecars: PassedList,
  patch: Patch(...PATCHED),
})

/** The keys of `jobs`. */
export const jobs = (own: TProperties): TSchema =>
  Strict({
    ...scheduling,
    ...own,
    backoffLimit: Count(0),
    activeDeadlineSeconds: Count(1),
    patch: Patch('job', 'serviceAccount', 'networkPolicy'),
  })
