import { access, constants, readdir } from 'node:fs/promises'
import path from 'node:path'
import { cacheFolder } from './cache.js'
import { fetchers } from './nats-fetch.js'
import { isAtLeast, OLDEST_NATS, versionOf } from './nats-version.js'

export interface NatsServerBinary {
  readonly file: string
  readonly version: string
  /** Where it was found, for the log. */
  readonly from: string
}

export interface FindOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly say?: (text: string) => void
  /** False: use what is there, fetch nothing. */
  readonly mayFetch?: boolean
}

/**
 * A nats-server that is new enough: the one that NATS_SERVER_BIN names, one on the PATH or in /usr/sbin, one in the
 * cache, Debian sid's package, or one that Go builds; in this order.
 * @throws Error when NATS_SERVER_BIN names an old or broken one, or when there is none and none can be had.
 */
export async function findNatsServer(options: FindOptions = {}): Promise<NatsServerBinary> {
  const { env = process.env, say = () => undefined, mayFetch = true } = options
  const named = env['NATS_SERVER_BIN']
  if (named) return mustWork(named)
  const tooOld: string[] = []
  for (const file of [...installed(env), ...(await cached(env))]) {
    const found = await usable(file)
    if (found?.ok) return { file, version: found.version, from: path.dirname(file) }
    if (found) tooOld.push(`${file} is ${found.version}`)
  }
  if (!mayFetch) throw new Error(`no nats-server; run make setup${because(tooOld)}`)
  const failures: string[] = []
  for (const fetcher of fetchers) {
    say(`fetching nats-server: ${fetcher.name}`)
    try {
      const file = await fetcher.fetch(binFolder(env))
      return { ...(await mustWork(file)), from: fetcher.name }
    } catch (error) {
      failures.push(`${fetcher.name}: ${(error as Error).message.trim()}`)
    }
  }
  const help = `Install nats-server ${OLDEST_NATS} or newer, or set NATS_SERVER_BIN to it.`
  throw new Error(`nats-server could not be found or fetched${because([...tooOld, ...failures])}\n${help}`)
}

const because = (reasons: string[]): string => reasons.map((reason) => `\n  - ${reason}`).join('')
const binFolder = (env: NodeJS.ProcessEnv): string => path.join(cacheFolder(env), 'bin')

function installed(env: NodeJS.ProcessEnv): string[] {
  const folders = [...(env['PATH'] ?? '').split(path.delimiter), '/usr/sbin'].filter(Boolean)
  return [...new Set(folders)].map((folder) => path.join(folder, 'nats-server'))
}

async function cached(env: NodeJS.ProcessEnv): Promise<string[]> {
  const names = await readdir(binFolder(env)).catch(() => [])
  return names.filter((name) => /^nats-server-[\d.]+$/.test(name)).map((name) => path.join(binFolder(env), name))
}

async function usable(file: string): Promise<{ version: string; ok: boolean } | undefined> {
  const runs = await access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
  const version = runs ? await versionOf(file) : undefined
  return version === undefined ? undefined : { version, ok: isAtLeast(version, OLDEST_NATS) }
}

async function mustWork(file: string): Promise<NatsServerBinary> {
  const found = await usable(file)
  if (found === undefined) throw new Error(`${file} does not run as a nats-server: correct NATS_SERVER_BIN`)
  const { version, ok } = found
  if (!ok) throw new Error(`${file} is nats-server ${version}; Tillit needs ${OLDEST_NATS} or newer`)
  return { file, version, from: 'NATS_SERVER_BIN' }
}
