import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Identity, ServiceName } from '@tillit/events'
import { localCertificates } from './ca.js'
import { GATEWAY, startGatewayProcess } from './gateway-process.js'
import type { GatewayProcessOptions } from './gateway-process.js'
import { openDatabases, openNats, runScript, untilPublished } from './infrastructure.js'
import type { Databases } from './infrastructure.js'
import { NATS } from './nats-server.js'
import { childOf, environmentOf, planReplicas } from './plan.js'
import type { Replica, Surroundings } from './plan.js'
import { portFrom } from './ports.js'
import { POSTGRES } from './postgres.js'
import { lastingFolder, openSecrets } from './secrets.js'
import type { Secrets } from './secrets.js'
import { prepareSeed, SEED_FILE } from './seed.js'
import type { SeedDocument, SeededClient } from './seed.js'
import { serviceFolder } from './services.js'
import { Supervisor } from './supervisor.js'

type Environments = ReadonlyMap<string, Record<string, string>>

const DEFAULT_PORT = 8443

export interface ConstellationOptions {
  /** Processes of each service; one where none is said. */
  readonly replicas?: Partial<Record<ServiceName, number>>
  /** fsync before every acknowledgement, as in production; the default. */
  readonly syncAlways?: boolean
  /** A YAML or JSON file, or the document itself; clients without keys get new ones. */
  readonly seed?: string | SeedDocument
  /** The gateway's port, or the first free one after it. */
  readonly gatewayPort?: number
  /** Further variables by service or by process name, e.g. `{ token: {...}, 'token-2': {...} }`. */
  readonly env?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Asked for every process before it starts, with its environment; what it answers is added, e.g. a proxy's address. */
  readonly adjust?: (
    replica: Replica,
    env: Readonly<Record<string, string>>,
  ) => Promise<Record<string, string>> | Record<string, string>
  /** Told what is being done: for a person who waits. */
  readonly say?: (text: string) => void
  readonly databaseUrl?: string | undefined
  readonly natsUrl?: string | undefined
}

/** A running constellation: every service its own process, with real PostgreSQL and NATS, behind one gateway. */
export interface Constellation {
  readonly issuer: string
  /** PEM, and the file for NODE_EXTRA_CA_CERTS and --cacert. */
  readonly ca: string
  readonly caFile: string
  readonly replicas: readonly Replica[]
  readonly clients: readonly SeededClient[]
  readonly natsUrl: string
  readonly databaseAdminUrl: string
  readonly databases: Databases
  /** Kill, freeze, stop and start processes by name: `token-1`, `postgres`, `nats`, `gateway`. */
  readonly supervisor: Supervisor
  /** The nkey seed of a NATS user. */
  readonly seedOf: (identity: Identity) => string
  /** The environment that a process was started with. */
  readonly environment: (name: string) => Record<string, string>
  /** Ends everything in order: services, gateway, NATS, PostgreSQL. Safe to call twice. */
  readonly stop: () => Promise<void>
}

/** Starts it all; answers when every process is ready and the seed is known. Leaves nothing behind when it throws. */
export async function startConstellation(options: ConstellationOptions = {}): Promise<Constellation> {
  const supervisor = await Supervisor.open()
  try {
    return await start(supervisor, options)
  } catch (error) {
    await supervisor.close(stopOrder(supervisor), true)
    throw error
  }
}

async function start(supervisor: Supervisor, options: ConstellationOptions): Promise<Constellation> {
  const { say = () => undefined, seed: source = SEED_FILE, databaseUrl, natsUrl: givenNats } = options
  const servers = { databaseUrl, natsUrl: givenNats, syncAlways: options.syncAlways ?? true }
  const lasting = databaseUrl !== undefined || givenNats !== undefined
  const secrets = await openSecrets(lasting ? lastingFolder(databaseUrl, givenNats) : supervisor.run.secrets)
  const [certificates, replicas] = await Promise.all([localCertificates(), planReplicas(options.replicas ?? {})])
  // First, so that nobody else takes the port while the rest starts: the issuer's name depends on it.
  const port = await openGateway(supervisor, options.gatewayPort ?? DEFAULT_PORT, { certificates, replicas })
  const issuer = `https://localhost:${port}`
  say('PostgreSQL and NATS')
  const [[databaseAdminUrl, databases], natsUrl, seed] = await Promise.all([
    openDatabases(supervisor, servers),
    openNats(supervisor, secrets, servers),
    prepareSeed(source, supervisor.run.secrets),
  ])
  const surroundings = { issuer, natsUrl, secrets, databases }
  const environments = await environmentsOf(replicas, surroundings, options)
  say('services')
  await Promise.all([
    ...replicas.map((replica) => supervisor.start(childOf(replica, environments.get(replica.name) ?? {}))),
    importSeed(environments, seed.file).then(() => untilPublished(natsUrl, secrets, seed.clientIds.length)),
  ])
  return {
    issuer,
    ca: certificates.ca,
    caFile: certificates.caFile,
    replicas,
    clients: seed.clients,
    natsUrl,
    databaseAdminUrl,
    databases,
    supervisor,
    ...handles(supervisor, secrets, environments),
  }
}

/** Starts the gateway on the first port from `preferred` on that it can have. @throws Error when it cannot start. */
async function openGateway(
  supervisor: Supervisor,
  preferred: number,
  parts: Omit<GatewayProcessOptions, 'port'>,
): Promise<number> {
  const port = await portFrom(preferred)
  try {
    await startGatewayProcess(supervisor, { port, ...parts })
    return port
  } catch (error) {
    // Another run took it between the look and the start.
    if (error instanceof Error && error.message.includes('EADDRINUSE')) return openGateway(supervisor, port + 1, parts)
    throw error
  }
}

function handles(
  supervisor: Supervisor,
  secrets: Secrets,
  environments: Environments,
): Pick<Constellation, 'seedOf' | 'environment' | 'stop'> {
  let stopped: Promise<void> | undefined
  return {
    seedOf: (identity) => secrets.users[identity].seed,
    environment: (name) => ({ ...environments.get(name) }),
    stop: () => (stopped ??= supervisor.close(stopOrder(supervisor))),
  }
}

async function environmentsOf(
  replicas: readonly Replica[],
  surroundings: Surroundings,
  { env = {}, adjust }: ConstellationOptions,
): Promise<Environments> {
  const environments = new Map<string, Record<string, string>>()
  for (const replica of replicas) {
    const own = { ...environmentOf(replica, surroundings), ...env[replica.service], ...env[replica.name] }
    environments.set(replica.name, { ...own, ...(await adjust?.(replica, own)) })
  }
  return environments
}

/** The registry's own import command, with the registry's own environment. */
async function importSeed(environments: Environments, file: string): Promise<void> {
  const env = environments.get('client-registry-1')
  if (env === undefined) throw new Error('a seed needs a client-registry')
  await runScript([path.join('dist', 'import.js'), file], env, serviceFolder('client-registry'))
}

/** Services end while what they depend on still runs. */
function stopOrder(supervisor: Supervisor): string[][] {
  const last = [GATEWAY, NATS, POSTGRES]
  return [supervisor.names().filter((name) => !last.includes(name)), ...last.map((name) => [name])]
}

/** Writes what other programs need to talk to a running constellation; see token-client. */
export async function describeRun(constellation: Constellation): Promise<string> {
  const { issuer, caFile, clients, supervisor } = constellation
  const file = path.join(supervisor.run.secrets, 'constellation.json')
  await writeFile(file, JSON.stringify({ issuer, caFile, clients }, undefined, 2), { mode: 0o600 })
  return file
}
