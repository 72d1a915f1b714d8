import { hostname } from 'node:os'
import Type from 'typebox'
import type { Static, TObject } from 'typebox'
import { Value } from 'typebox/value'
import { checkCommonRules } from './config-rules.js'

/** A port; 0 is refused: whoever starts the process chooses free ones. */
const Port = Type.Integer({ minimum: 1, maximum: 65_535 })
const Milliseconds = (defaultValue: number) => Type.Integer({ minimum: 0, maximum: 600_000, default: defaultValue })

/** Variables that every service reads. Spread it: `Type.Object({ ...BaseConfig, MY_VALUE: Type.String() })`. */
export const BaseConfig = {
  TILLIT_ENVIRONMENT: Type.Union([Type.Literal('local'), Type.Literal('test'), Type.Literal('production')]),
  /** https URL without a trailing slash; plain http only where TILLIT_ENVIRONMENT is local. */
  ISSUER: Type.String({ minLength: 8, maxLength: 512 }),
  /** Unique per process; default: the host name. */
  INSTANCE_ID: Type.String({ pattern: '^[A-Za-z0-9._-]{1,128}$', default: hostname() }),
  HOST: Type.String({ minLength: 1, default: '127.0.0.1' }),
  /** The public server; absent where a service has none. */
  PORT: Type.Optional(Port),
  /** Health and metrics. */
  PRIVATE_PORT: Port,
  NATS_URL: Type.Array(Type.String({ pattern: '^(nats|tls)://[^\\s@]+$' }), { minItems: 1 }),
  NATS_NKEY_SEED_FILE: Type.String({ minLength: 1 }),
  NATS_CA_FILE: Type.Optional(Type.String({ minLength: 1 })),
  LOG_LEVEL: Type.Union(
    [
      Type.Literal('fatal'),
      Type.Literal('error'),
      Type.Literal('warn'),
      Type.Literal('info'),
      Type.Literal('debug'),
      Type.Literal('silent'),
    ],
    { default: 'info' },
  ),
  /** How long readiness answers 503 while requests are still served. */
  DRAIN_MS: Milliseconds(10_000),
  /** The process is gone this long after SIGTERM, whatever still hangs. */
  SHUTDOWN_MS: Milliseconds(45_000),
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(Type.String({ pattern: '^https?://' })),
} as const
export type BaseConfigValues = Static<TObject<typeof BaseConfig>>

/** Variables of a service with a database. The password is read from its file at each new connection. */
export const DatabaseConfig = {
  DATABASE_URL: Type.String({ pattern: '^postgres(ql)?://[^\\s:@/]+@[^\\s]+$' }),
  DATABASE_PASSWORD_FILE: Type.String({ minLength: 1 }),
  /** Connections of this process at most. */
  DATABASE_POOL_MAX: Type.Integer({ minimum: 1, maximum: 100, default: 10 }),
} as const
export type DatabaseConfigValues = Static<TObject<typeof DatabaseConfig>>

/** The environment is wrong: the message names each variable and what to do. The process ends with exit code 78. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/**
 * Reads the environment by a schema, once. Numbers, booleans and comma-separated lists are coerced; an empty variable
 * counts as absent. Throws `ConfigError`. Values never appear in a message, since one may be a misplaced secret.
 */
export function loadConfig<T extends TObject>(schema: T, env: NodeJS.ProcessEnv = process.env): Static<T> {
  const given: Record<string, unknown> = {}
  for (const [name, property] of Object.entries(schema.properties)) {
    const text = env[name]
    if (text !== undefined && text !== '') given[name] = coerce(property, text)
  }
  const value: unknown = Value.Default(schema, given)
  const problems = [...Value.Errors(schema, value)].map((error) => describe(schema, error))
  if (problems.length === 0) problems.push(...checkCommonRules(value as Record<string, unknown>))
  if (problems.length > 0) throw new ConfigError(`Invalid configuration:\n${[...new Set(problems)].join('\n')}`)
  return value as Static<T>
}

interface SchemaLike {
  readonly type?: string
  readonly items?: SchemaLike
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
  readonly anyOf?: readonly { readonly const?: unknown }[]
}

function coerce(schema: SchemaLike, text: string): unknown {
  if (schema.type === 'array') return text.split(',').map((part) => coerce(schema.items ?? {}, part.trim()))
  if ((schema.type === 'integer' || schema.type === 'number') && /^-?\d+(\.\d+)?$/.test(text)) return Number(text)
  if (schema.type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  return text
}

interface Problem {
  readonly keyword: string
  readonly instancePath: string
  readonly message: string
  readonly params: object
}

function describe(schema: TObject, problem: Problem): string {
  const missing = (problem.params as { requiredProperties?: string[] }).requiredProperties
  if (missing) return missing.map((name) => `- ${name} is not set: set it to ${wanted(schema, name)}`).join('\n')
  const name = problem.instancePath.split('/')[1] ?? 'environment'
  return `- ${name} is not valid: set it to ${wanted(schema, name)}`
}

/** What a variable must be, in words from its schema. */
function wanted(schema: TObject, name: string): string {
  const property = schema.properties[name] as SchemaLike | undefined
  const choices = property?.anyOf?.map((choice) => String(choice.const))
  if (choices) return `one of ${choices.join(', ')}`
  if (property?.type === 'integer')
    return `a whole number from ${property.minimum ?? 'any'} to ${property.maximum ?? 'any'}`
  if (property?.type === 'array') return `a comma-separated list`
  if (property?.pattern) return `a text that matches ${property.pattern}`
  if (name.endsWith('_FILE')) return 'the path of a readable file'
  return `a ${property?.type ?? 'valid value'}`
}
