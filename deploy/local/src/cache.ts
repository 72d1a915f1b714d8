import { randomBytes } from 'node:crypto'
import { lstatSync, mkdirSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { identityOf } from './process-identity.js'

const uid = (): number => process.getuid?.() ?? 0

/** What is worth keeping between runs and private to the user: the CA, nats-server, secrets of existing servers. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const base = env['XDG_CACHE_HOME'] || path.join(env['HOME'] || homedir(), '.cache')
  return ownFolder(path.join(base, 'tillit'), 0o700)
}

/**
 * A folder that another user can traverse whatever the clone's and the home folder's modes are: PostgreSQL refuses to
 * run as root, so for root its binaries and data must lie where an unprivileged user reaches them.
 */
export function systemFolder(root = '/var/tmp'): string {
  return ownFolder(path.join(root, `tillit-${uid()}`), 0o755)
}

/**
 * Creates the folder if needed, and refuses one that somebody else prepared: /var/tmp is writable for everybody.
 * @throws Error when it is a link, another user's, or writable for others.
 */
export function ownFolder(folder: string, mode: number): string {
  mkdirSync(folder, { recursive: true, mode })
  const found = lstatSync(folder)
  if (!found.isDirectory()) throw new Error(`${folder} is not a folder: remove it and start again`)
  if (found.uid !== uid()) throw new Error(`${folder} belongs to user ${found.uid}, not to you: remove it, or set HOME`)
  if ((found.mode & 0o022) !== 0) throw new Error(`${folder} is writable for others: chmod go-w it after a look inside`)
  return folder
}

/** The folder of one run. `data` and `run` can be traversed by PostgreSQL's user; the rest is private. */
export interface RunFolder {
  readonly id: string
  readonly path: string
  readonly data: string
  readonly pids: string
  readonly logs: string
  readonly secrets: string
}

export const runsFolder = (): string => ownFolder(path.join(systemFolder(), 'runs'), 0o755)

/** A new run folder, whole from the moment it is visible: others that clean up never see it without its owner. */
export async function createRun(): Promise<RunFolder> {
  const id = `${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}-${randomBytes(3).toString('hex')}`
  const hidden = path.join(runsFolder(), `.${id}`)
  await mkdir(hidden, { mode: 0o755 })
  await Promise.all([
    mkdir(path.join(hidden, 'data'), { mode: 0o755 }),
    ...['pids', 'logs', 'secrets'].map((name) => mkdir(path.join(hidden, name), { mode: 0o700 })),
  ])
  const owner = { pid: process.pid, startTime: identityOf(process.pid)?.startTime ?? '' }
  await writeFile(path.join(hidden, 'owner.json'), JSON.stringify(owner), { mode: 0o600 })
  const folder = path.join(runsFolder(), id)
  await rename(hidden, folder)
  const inside = (name: string): string => path.join(folder, name)
  return {
    id,
    path: folder,
    data: inside('data'),
    pids: inside('pids'),
    logs: inside('logs'),
    secrets: inside('secrets'),
  }
}
