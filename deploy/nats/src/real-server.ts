import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Identity } from '@tillit/events'
import { serverConfig } from './server-config.js'
import type { ServerOptions } from './server-config.js'
import { newUsers, publicKeys } from './users.js'
import type { User } from './users.js'

/** A nats-server of one's own for a test: loopback, a free port, a store folder that is removed with it. */
export interface RealServer {
  readonly url: string
  readonly users: Record<Identity, User>
  stop(): Promise<void>
}

/**
 * Starts a nats-server with the generated permissions.
 * @throws Error when no binary is found or it does not come up; a suite that needs it then fails, it is not skipped.
 */
export async function startServer(options: Partial<ServerOptions> = {}): Promise<RealServer> {
  const folder = await mkdtemp(join(tmpdir(), 'tillit-nats-'))
  const users = newUsers()
  const port = await freePort()
  const file = join(folder, 'nats.conf')
  const storeDir = join(folder, 'store')
  await writeFile(file, serverConfig({ port, storeDir, users: publicKeys(users), syncAlways: false, ...options }))
  const child = spawn(serverBinary(), ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] })
  try {
    await listening(child)
  } catch (err) {
    await rm(folder, { recursive: true, force: true })
    throw err
  }
  return { url: `nats://127.0.0.1:${port}`, users, stop: () => stopped(child, folder) }
}

/** `NATS_SERVER_BIN`, else the newest in the cache that `make setup` fills, else the one in PATH. */
export function serverBinary(): string {
  const named = process.env['NATS_SERVER_BIN']
  if (named) return named
  const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tillit', 'bin')
  const cached = existsSync(folder) ? readdirSync(folder).filter((name) => /^nats-server-[\d.]+$/.test(name)) : []
  const newest = cached.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1)
  return newest === undefined ? 'nats-server' : join(folder, newest)
}

function listening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('Server is ready')) resolve()
    })
    child.once('error', (err) => reject(new Error(`nats-server not started (set NATS_SERVER_BIN): ${err.message}`)))
    child.once('exit', (code) => reject(new Error(`nats-server ended with ${code ?? 'a signal'}:\n${said}`)))
  })
}

async function stopped(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null) {
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }
  await rm(folder, { recursive: true, force: true })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
