import { get } from 'node:http'
import type { ServiceName } from '@tillit/events'
import type { ChildSpec } from './child.js'
import type { Route } from './gateway-upstreams.js'
import { freePort, LOOPBACK } from './ports.js'
import type { ServiceDatabase } from './postgres.js'
import type { Secrets } from './secrets.js'
import { serviceFolder, serviceShapes, shapes } from './services.js'
import type { ServiceShape } from './services.js'

/** One process of one service: where it serves, and how it is started. */
export interface Replica {
  readonly service: ServiceName
  /** e.g. `token-1`; also its INSTANCE_ID. */
  readonly name: string
  /** Absent where a service has no public HTTP. */
  readonly url?: string
  readonly privateUrl: string
}

export interface Surroundings {
  readonly issuer: string
  readonly natsUrl: string
  readonly secrets: Secrets
  readonly databases: Partial<Record<ServiceName, ServiceDatabase & { passwordFile: string }>>
}

/** Ports for so many replicas of every service. */
export async function planReplicas(counts: Partial<Record<ServiceName, number>>): Promise<Replica[]> {
  const names = shapes.flatMap((shape) =>
    Array.from({ length: counts[shape.name] ?? 1 }, (_, index) => ({ shape, name: `${shape.name}-${index + 1}` })),
  )
  return Promise.all(names.map(planReplica))
}

async function planReplica({ shape, name }: { shape: ServiceShape; name: string }): Promise<Replica> {
  const at = async (): Promise<string> => `http://${LOOPBACK}:${await freePort()}`
  const privateUrl = await at()
  return { service: shape.name, name, privateUrl, ...(shape.paths.length > 0 && { url: await at() }) }
}

const portOf = (url: string): string => new URL(url).port

/** One machine, so one clock and one copy; the size that provisioning takes locally. */
const PROOFS = { PROOF_FLOOR_MARGIN_MS: '0', PROOF_STREAM_REPLICAS: '1', PROOF_STREAM_MAX_BYTES: '67108864' }

/** The environment of one process, as each service's src/config.ts reads it. */
export function environmentOf(
  replica: Replica,
  { issuer, natsUrl, secrets, databases }: Surroundings,
): Record<string, string> {
  const { service, name } = replica
  const database = databases[service]
  return {
    TILLIT_ENVIRONMENT: 'local',
    // As in the image: young garbage is collected before it spreads over hundreds of megabytes.
    NODE_OPTIONS: '--max-semi-space-size=4',
    ISSUER: issuer,
    INSTANCE_ID: name,
    HOST: LOOPBACK,
    ...(replica.url !== undefined && { PORT: portOf(replica.url) }),
    PRIVATE_PORT: portOf(replica.privateUrl),
    NATS_URL: natsUrl,
    NATS_NKEY_SEED_FILE: secrets.seedFile(service),
    DRAIN_MS: '0',
    SHUTDOWN_MS: '6000',
    ...(database && { DATABASE_URL: database.url, DATABASE_PASSWORD_FILE: database.passwordFile }),
    ...(['token', 'signing-key'].includes(service) && { NONCE_KEY_FILE: secrets.nonceKeyFile }),
    ...(service === 'signing-key' && { KEK_BACKEND: 'file', KEK_FILE: secrets.kekFile, ...PROOFS }),
  }
}

export function childOf(replica: Replica, env: Record<string, string>): ChildSpec {
  const cwd = serviceFolder(replica.service)
  const ready = (signal: AbortSignal): Promise<boolean> => isReady(replica, signal)
  return { name: replica.name, command: process.execPath, args: ['dist/main.js'], env, cwd, ready }
}

/** Whether the process says on its private port that it takes requests. */
export function isReady({ privateUrl }: Replica, signal = AbortSignal.timeout(2000)): Promise<boolean> {
  return readiness(privateUrl, signal).then((status) => status === 200)
}

/** The status of /readyz, or 0 where nothing answers. */
export function readiness(privateUrl: string, signal = AbortSignal.timeout(2000)): Promise<number> {
  return new Promise((resolve) => {
    const request = get(`${privateUrl}/readyz`, { agent: false, signal }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    request.on('error', () => resolve(0))
  })
}

/** The gateway's routes to these replicas. */
export function routesTo(replicas: readonly Replica[]): Route[] {
  const services = [...new Set(replicas.map(({ service }) => service))]
  return services.flatMap((service) => {
    const { paths, timeoutMs, bodyLimit } = serviceShapes[service]
    const upstreams = replicas
      .filter((replica) => replica.service === service)
      .flatMap(({ url, privateUrl }) => (url === undefined ? [] : [{ url, privateUrl }]))
    return upstreams.length === 0 ? [] : [{ service, paths, upstreams, timeoutMs, bodyLimit }]
  })
}
