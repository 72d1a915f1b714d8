import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { newUsers } from '@tillit/deploy-nats'
import type { User } from '@tillit/deploy-nats'
import type { Identity } from '@tillit/events'
import { cacheFolder } from './cache.js'

/** Secrets of one constellation, as files that only we can read: services get paths, never values. */
export interface Secrets {
  readonly users: Record<Identity, User>
  readonly kekFile: string
  readonly nonceKeyFile: string
  seedFile(identity: Identity): string
}

/** Makes the secrets in `folder`, or reads them back when they are there. */
export async function openSecrets(folder: string): Promise<Secrets> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700)
  const file = (name: string): string => path.join(folder, name)
  const users = JSON.parse(await kept(file('nats-users.json'), () => JSON.stringify(newUsers()))) as Record<
    Identity,
    User
  >
  for (const [identity, { seed }] of Object.entries(users)) await secretFile(file(`${identity}.nk`), seed)
  await kept(file('kek'), () => randomBytes(32).toString('base64url'))
  await kept(file('nonce-key'), () => randomBytes(32).toString('base64url'))
  return {
    users,
    kekFile: file('kek'),
    nonceKeyFile: file('nonce-key'),
    seedFile: (identity) => file(`${identity}.nk`),
  }
}

export async function secretFile(file: string, value: string): Promise<string> {
  await writeFile(file, value, { mode: 0o600 })
  return file
}

/** The keys under which existing servers hold data must outlive a run: they are kept by the servers' addresses. */
export function lastingFolder(...urls: (string | undefined)[]): string {
  const addresses = urls.map((url) => (url === undefined ? '' : withoutCredentials(url))).join('\n')
  const name = createHash('sha256').update(addresses).digest('hex').slice(0, 16)
  return path.join(cacheFolder(), 'servers', name)
}

function withoutCredentials(text: string): string {
  const url = new URL(text.split(',')[0] ?? '')
  return `${url.protocol}//${url.host}${url.pathname}`
}

async function kept(file: string, make: () => string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    await secretFile(file, make())
    return readFile(file, 'utf8')
  }
}
