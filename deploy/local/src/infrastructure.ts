import { spawn } from 'node:child_process'
import path from 'node:path'
import { jetstreamManager } from '@nats-io/jetstream'
import { connectAs, provision, publicKeys, serverConfig } from '@tillit/deploy-nats'
import { buckets } from '@tillit/events'
import type { ServiceName } from '@tillit/events'
import { secretFile } from './secrets.js'
import type { Secrets } from './secrets.js'
import { answers, createDatabase, startPostgres } from './postgres.js'
import type { ServiceDatabase } from './postgres.js'
import { startNats } from './nats-server.js'
import { ROOT, shapes } from './services.js'
import type { Supervisor } from './supervisor.js'

export type Databases = Partial<Record<ServiceName, ServiceDatabase & { passwordFile: string }>>

export interface ServerOptions {
  /** An existing PostgreSQL: a role that may create databases and roles. */
  readonly databaseUrl?: string | undefined
  /** An existing NATS, started with the configuration that is written beside the secrets. */
  readonly natsUrl?: string | undefined
  readonly syncAlways: boolean
}

/** PostgreSQL with every service's database, migrated. Answers the administrator's address too. */
export async function openDatabases(
  supervisor: Supervisor,
  { databaseUrl }: ServerOptions,
): Promise<[string, Databases]> {
  if (databaseUrl !== undefined && !(await answers(databaseUrl)))
    throw new Error('DATABASE_URL does not answer: correct it, or unset it and Tillit starts its own PostgreSQL')
  const adminUrl = databaseUrl ?? (await startPostgres(supervisor)).adminUrl
  const owning = shapes.filter(({ database }) => database)
  const opened = await Promise.all(owning.map(({ name }) => openDatabase(supervisor, adminUrl, name)))
  return [adminUrl, Object.fromEntries(opened)]
}

async function openDatabase(
  supervisor: Supervisor,
  adminUrl: string,
  service: ServiceName,
): Promise<[ServiceName, Databases[ServiceName]]> {
  const database = await createDatabase(adminUrl, service)
  await runScript([path.join(ROOT, 'deploy/prisma/migrate.mjs'), service, 'deploy', '--quiet'], {
    MIGRATION_DATABASE_URL: database.ownerUrl,
  })
  const passwordFile = await secretFile(path.join(supervisor.run.secrets, `${service}.password`), database.password)
  return [service, { ...database, passwordFile }]
}

/** NATS with one user per service and every stream and bucket of the contracts. Answers its address. */
export async function openNats(supervisor: Supervisor, secrets: Secrets, options: ServerOptions): Promise<string> {
  const { syncAlways, natsUrl } = options
  const config = (place: { port: number; storeDir: string }): string =>
    serverConfig({ ...place, syncAlways, users: publicKeys(secrets.users), serverName: 'tillit-local' })
  const url = natsUrl ?? (await startNats(supervisor, config)).url
  const seed = secrets.users.deploy.seed
  const connection = await connectAs('deploy', { url, seed }).catch(async (error: unknown) => {
    if (natsUrl === undefined) throw error
    const file = path.join(path.dirname(secrets.kekFile), 'nats-server.conf')
    await secretFile(file, config({ port: Number(new URL(natsUrl).port || 4222), storeDir: './jetstream' }))
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`NATS_URL does not let Tillit in (${why}): start that server with -c ${file}`, { cause: error })
  })
  try {
    await provision(connection, { limits: 'local', replicas: 1 })
  } finally {
    await connection.close()
  }
  return url
}

/** Waits until the read model holds these clients: from then on every process can learn of them. */
export async function untilPublished(url: string, secrets: Secrets, clients: number): Promise<void> {
  const connection = await connectAs('deploy', { url, seed: secrets.users.deploy.seed })
  try {
    const manager = await jetstreamManager(connection, { checkAPI: false })
    const subject = `$KV.${buckets.registry.name}.client.>`
    for (const end = Date.now() + 20_000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
      const { state } = await manager.streams.info(`KV_${buckets.registry.name}`, { subjects_filter: subject })
      if (Object.keys(state.subjects ?? {}).length >= clients) return
      if (Date.now() > end) throw new Error('the seeded clients were not published: see the log of client-registry')
    }
  } finally {
    await connection.close()
  }
}

/** Runs a script of the repository to its end. @throws Error with its output when it fails. */
export function runScript(args: readonly string[], env: Record<string, string>, cwd = ROOT): Promise<string> {
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve(output)
      else reject(new Error(`${args.join(' ')} failed:\n${output.trim()}`))
    })
  })
}
