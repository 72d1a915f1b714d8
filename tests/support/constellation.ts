import { readFileSync } from 'node:fs'
import path from 'node:path'
import { startConstellation, type Constellation, type ConstellationOptions, type Replica } from '@tillit/deploy-local'
import type { Identity, ServiceName } from '@tillit/events'
import { FaultProxy, keyFromJwk, MachineClient, type MachineClientOptions, type TestKey } from '@tillit/testkit'
import { makeTestKeys, testSeed } from './seed.ts'

/** The file that `shared-setup.mjs` writes for the suites that share one constellation. */
export const SHARED = 'TILLIT_SHARED_CONSTELLATION'

/** What a test of a running constellation may use. */
export interface TestConstellation {
  readonly issuer: string
  readonly ca: string
  /** The public ports of the token replicas, without the gateway. */
  readonly tokens: string[]
  readonly natsUrl: string
  /** Folder with one log per process. */
  readonly logs: string
  client(clientId: string, overrides?: Partial<MachineClientOptions>): MachineClient
  seedOf(identity: Identity): string
}

/** What a fault test may also do to its own constellation. */
export interface OwnConstellation extends TestConstellation {
  readonly supervisor: Constellation['supervisor']
  readonly databaseAdminUrl: string
  readonly databases: Constellation['databases']
  /** The fault proxy between a service and NATS; the service must be listed in `proxied`. */
  proxy(service: ServiceName): FaultProxy
  /** The status of a process's `/readyz`, 0 where nothing answers. */
  ready(name: string): Promise<number>
  stop(): Promise<void>
}

interface Shared {
  issuer: string
  ca: string
  tokens: string[]
  natsUrl: string
  seeds: Record<Identity, string>
  keys: Record<string, { alg: string; jwk: Record<string, unknown> }>
}

/** The constellation that all suites of this project share: two token and two signing-key processes. */
export function constellation(): Promise<TestConstellation> {
  const file = process.env[SHARED]
  if (file === undefined) throw new Error(`${SHARED} is not set: run these tests through jest's project`)
  const shared = JSON.parse(readFileSync(file, 'utf8')) as Shared
  const keys = Object.fromEntries(Object.entries(shared.keys).map(([id, { jwk, alg }]) => [id, keyFromJwk(jwk, alg)]))
  return Promise.resolve({
    ...shared,
    logs: path.join(path.dirname(file), '..', 'logs'),
    client: clientFactory(shared, keys),
    seedOf: (identity: Identity) => shared.seeds[identity],
  })
}

const clientFactory =
  ({ issuer, ca }: { issuer: string; ca: string }, keys: Record<string, TestKey>) =>
  (clientId: string, overrides: Partial<MachineClientOptions> = {}): MachineClient => {
    const key = overrides.key ?? keys[clientId]
    if (key === undefined) throw new Error(`no test client ${clientId}; add it to seed.ts`)
    return new MachineClient({ issuer, ca, clientId, ...overrides, key })
  }

export interface OwnOptions extends Pick<ConstellationOptions, 'replicas' | 'env' | 'syncAlways'> {
  /** Services that reach NATS through a fault proxy. */
  readonly proxied?: readonly ServiceName[]
}

const tokenUrls = (replicas: readonly Replica[]): string[] =>
  replicas.flatMap(({ service, url }) => (service === 'token' && url !== undefined ? [url] : []))

/** A constellation of one's own, for suites that hurt it. */
export async function ownConstellation({ proxied = [], ...options }: OwnOptions): Promise<OwnConstellation> {
  const keys = makeTestKeys()
  const proxies = new Map<string, FaultProxy>()
  const adjust = async (
    { service }: Replica,
    env: Readonly<Record<string, string>>,
  ): Promise<Record<string, string>> => {
    if (!proxied.includes(service)) return {}
    const target = new URL(env['NATS_URL'] as string)
    const proxy = proxies.get(service) ?? (await FaultProxy.open({ host: target.hostname, port: Number(target.port) }))
    proxies.set(service, proxy)
    return { NATS_URL: `nats://127.0.0.1:${proxy.port}` }
  }
  const started = await startConstellation({ seed: testSeed(keys), gatewayPort: 18_443, adjust, ...options })
  const { issuer, ca, natsUrl, supervisor, databaseAdminUrl, databases, replicas } = started
  return {
    issuer,
    ca,
    natsUrl,
    logs: supervisor.run.logs,
    supervisor,
    databaseAdminUrl,
    databases,
    seedOf: (identity) => started.seedOf(identity),
    tokens: tokenUrls(replicas),
    client: clientFactory(started, keys),
    proxy: (service) => {
      const proxy = proxies.get(service)
      if (proxy === undefined) throw new Error(`${service} is not proxied`)
      return proxy
    },
    ready: async (name) => {
      const found = replicas.find((replica) => replica.name === name)
      if (found === undefined) throw new Error(`no replica ${name}`)
      return fetch(`${found.privateUrl}/readyz`, { signal: AbortSignal.timeout(2000) }).then(
        ({ status }) => status,
        () => 0,
      )
    },
    stop: async () => {
      await started.stop()
      for (const proxy of proxies.values()) await proxy.close()
    },
  }
}

/** Starts the shared constellation and says how to reach it; for the project's global setup. */
export async function startShared(): Promise<{ description: Shared; stop: () => Promise<void>; folder: string }> {
  const keys = makeTestKeys()
  const started = await startConstellation({
    seed: testSeed(keys),
    gatewayPort: 18_443,
    replicas: { token: 2, 'signing-key': 2 },
  })
  const identities: Identity[] = ['token', 'signing-key', 'client-registry', 'audit', 'deploy']
  const description: Shared = {
    issuer: started.issuer,
    ca: started.ca,
    natsUrl: started.natsUrl,
    tokens: tokenUrls(started.replicas),
    seeds: Object.fromEntries(identities.map((identity) => [identity, started.seedOf(identity)])) as Shared['seeds'],
    keys: Object.fromEntries(
      Object.entries(keys).map(([id, { alg, privateKey }]) => [
        id,
        { alg, jwk: privateKey.export({ format: 'jwk' }) as Record<string, unknown> },
      ]),
    ),
  }
  return { description, stop: () => started.stop(), folder: started.supervisor.run.secrets }
}
