import Type from 'typebox'
import type { TProperties, TSchema } from 'typebox'
import { serviceConfigs } from './service-config.js'
import type { ServiceConfig } from './service-config.js'
import { Choice, ExistingSecret, Image, OrNull, Passed, PassedList, Strict, Switch, Text, TextMap } from './shapes.js'
import { jobs, workload } from './workload.js'

const Ca = ExistingSecret

const Database = Strict({
  name: Type.String({ minLength: 1 }),
  user: Type.String({ minLength: 1 }),
  migrationUser: Text,
})

/** What a section has beside the keys of `common`. */
const ownKeys: Record<string, { database: boolean; http: boolean; credentials: readonly string[] }> = {
  token: { database: false, http: true, credentials: ['nats', 'nonceKey'] },
  signingKey: {
    database: true,
    http: false,
    credentials: ['nats', 'database', 'migration', 'nonceKey', 'kek'],
  },
  clientRegistry: { database: true, http: true, credentials: ['nats', 'database', 'migration'] },
  audit: { database: true, http: true, credentials: ['nats', 'database', 'migration'] },
}

/**
 * The JSON schema of values.yaml, strict but for `global` and `enabled`, which belong to a parent chart too
 * (operations.md, C1). The members of each `config` come from the services' own schemas.
 */
export function valuesSchema(services: readonly ServiceConfig[]): object {
  const configs = serviceConfigs(services)
  const sections = Object.fromEntries(
    Object.entries(ownKeys).map(([section, own]) => [section, sectionOf(own, configs.of(section))]),
  )
  const root = Strict({ ...installation, common: Strict(workload(configs.common)), ...sections, ...platform })
  const schema = JSON.parse(JSON.stringify(root)) as object
  return { $schema: 'http://json-schema.org/draft-07/schema#', title: 'Values of the chart tillit', ...schema }
}

function sectionOf(
  own: { database: boolean; http: boolean; credentials: readonly string[] },
  config: TSchema,
): TSchema {
  const properties: TProperties = {
    enabled: Switch,
    ...workload(config),
    credentials: Strict(Object.fromEntries(own.credentials.map((name) => [name, ExistingSecret]))),
    ...(own.http ? { expose: Switch } : {}),
    ...(own.database ? { database: Database } : {}),
  }
  return Strict(properties)
}

const installation: TProperties = {
  enabled: Type.Unknown(),
  global: Passed,
  // Helm itself adds a section for the library chart.
  'tillit-lib': Passed,
  nameOverride: Text,
  fullnameOverride: Text,
  environment: Choice('test', 'production'),
  issuer: Type.String({ pattern: '^(https://[^/?#@\\s]+)?$', maxLength: 512 }),
  listenAddress: Type.String({ minLength: 2 }),
  image: Image,
  deployImage: Image,
  nats: Strict({
    urls: Type.Array(Type.String({ pattern: '^(nats|tls)://[^\\s@,]+$' })),
    ca: Ca,
  }),
  database: Strict({
    host: Text,
    port: Type.Integer({ minimum: 1, maximum: 65_535 }),
    migrationHost: Text,
    sslMode: Choice('disable', 'require', 'verify-ca', 'verify-full'),
    ca: Ca,
  }),
}

const platform: TProperties = {
  jobs: jobs({
    migrations: Switch,
    provisioning: Strict({
      enabled: Switch,
      replicas: Type.Enum([1, 3, 5]),
      partitions: OrNull(Type.Integer({ minimum: 1, maximum: 1024 })),
      credentials: Strict({ nats: ExistingSecret }),
    }),
  }),
  gateway: Strict({
    ingress: Strict({ enabled: Switch, className: Text, annotations: TextMap, tls: Strict({ existingSecret: Text }) }),
    httpRoute: Strict({ enabled: Switch, parentRefs: PassedList, annotations: TextMap }),
  }),
  networkPolicy: Strict({
    enabled: Switch,
    gatewayFrom: PassedList,
    metricsFrom: PassedList,
    dnsTo: PassedList,
    natsTo: PassedList,
    databaseTo: PassedList,
    telemetryTo: PassedList,
  }),
  monitoring: Strict({
    enabled: Switch,
    kind: Choice('PodMonitor', 'ServiceMonitor'),
    interval: Type.String({ pattern: '^[0-9]+(ms|s|m|h)$' }),
    labels: TextMap,
  }),
  tests: Strict({ enabled: Switch }),
  extraManifests: Type.Array(Type.Union([Passed, Text])),
}
