import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { System } from './measure.ts'
import type { BenchClient } from './requests.ts'

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

/** Starts npm oidc-provider with these clients. */
export async function startPeer(clients: readonly BenchClient[]): Promise<System> {
  const port = await freePort()
  const folder = mkdtempSync(path.join(tmpdir(), 'tillit-bench-'))
  const file = path.join(folder, 'peer.json')
  writeFileSync(
    file,
    JSON.stringify({ port, clients: clients.map(({ clientId, assertionJwk }) => ({ clientId, jwk: assertionJwk })) }),
  )
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'peer.ts'), file], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await Promise.race([
    new Promise((resolve) => child.stdout.once('data', resolve)),
    exited.then(() => Promise.reject(new Error('oidc-provider ended before it listened'))),
  ])
  return {
    name: 'oidc-provider',
    ports: [port],
    pids: { token: [child.pid as number] },
    target: {
      issuer: `http://127.0.0.1:${port}`,
      tokenEndpoint: `http://127.0.0.1:${port}/token`,
      path: '/token',
      form: { scope: 'granfjelldal:journal/read' },
    },
    stop: async () => {
      child.kill()
      await exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
