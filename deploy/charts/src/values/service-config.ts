import Type from 'typebox'
import type { TSchema } from 'typebox'
import { Strict } from './shapes.js'

/** A service, the section of values.yaml that configures it, and the schema of its environment. */
export interface ServiceConfig {
  readonly service: string
  readonly section: string
  readonly properties: Readonly<Record<string, TSchema>>
  readonly required: readonly string[]
  /** What each variable means, from the doc comments of config.ts. */
  readonly meanings: Readonly<Record<string, string>>
}

/** Written by the chart from other values, so that nothing can be said twice. */
const OWNED = new Set([
  'TILLIT_ENVIRONMENT',
  'ISSUER',
  'INSTANCE_ID',
  'HOST',
  'PORT',
  'PRIVATE_PORT',
  'NATS_URL',
  'DRAIN_MS',
  'SHUTDOWN_MS',
  'DATABASE_URL',
  // The stream is made again as provisioning made it: jobs.provisioning.replicas.
  'PROOF_STREAM_REPLICAS',
])
/** Every *_FILE is a mounted Secret; TEST_* is for fault tests on one's own machine. */
const isChartOwned = (name: string): boolean => OWNED.has(name) || name.endsWith('_FILE') || name.startsWith('TEST_')

export interface ServiceConfigs {
  /** The variables that every service knows: those may stand under `common`. */
  readonly common: TSchema
  of(section: string): TSchema
}

export function serviceConfigs(services: readonly ServiceConfig[]): ServiceConfigs {
  return {
    common: configOf(services[0], commonNames(services)),
    of: (section) => {
      const service = services.find((candidate) => candidate.section === section)
      return configOf(service, service ? freeNames(service) : [])
    },
  }
}

/** The variables of a service that `config` may set, sorted. */
export const freeNames = (service: ServiceConfig): string[] =>
  Object.keys(service.properties)
    .filter((name) => !isChartOwned(name))
    .sort()

export const commonNames = (services: readonly ServiceConfig[]): string[] =>
  services[0] ? freeNames(services[0]).filter((name) => services.every((other) => name in other.properties)) : []

const configOf = (service: ServiceConfig | undefined, names: readonly string[]): TSchema =>
  Strict(Object.fromEntries(names.map((name) => [name, plain(service?.properties[name] ?? Type.Unknown())])))

/** A union of constants reads better as an enumeration; the rest of the schema stays as the service has it. */
function plain(schema: TSchema): TSchema {
  const { anyOf, ...others } = JSON.parse(JSON.stringify(schema)) as { anyOf?: { const?: string }[] }
  const constants = anyOf?.map((choice) => choice.const)
  if (!anyOf || !constants || constants.some((constant) => constant === undefined)) return { anyOf, ...others }
  return { enum: constants, ...others }
}
