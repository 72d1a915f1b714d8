import { connect } from 'node:tls'
import path from 'node:path'
import type { LocalCertificates } from './ca.js'
import { routesTo } from './plan.js'
import type { Replica } from './plan.js'
import { LOOPBACK } from './ports.js'
import { secretFile } from './secrets.js'
import type { Supervisor } from './supervisor.js'

export const GATEWAY = 'gateway'
const MAIN = path.join(import.meta.dirname, '..', 'dist', 'gateway-main.js')

export interface GatewayProcessOptions {
  readonly port: number
  readonly replicas: readonly Replica[]
  readonly certificates: LocalCertificates
}

/** Starts the gateway as a process of its own, as it is one in production. */
export async function startGatewayProcess(supervisor: Supervisor, options: GatewayProcessOptions): Promise<void> {
  const { port, replicas, certificates } = options
  const { ca, cert, key } = certificates
  const settings = JSON.stringify({ port, cert, key, routes: routesTo(replicas) })
  const file = await secretFile(path.join(supervisor.run.secrets, 'gateway.json'), settings)
  const ready = (signal: AbortSignal): Promise<boolean> => handshakes({ port, ca }, signal)
  await supervisor.start({ name: GATEWAY, command: process.execPath, args: [MAIN, file], env: {}, ready })
}

function handshakes({ port, ca }: { port: number; ca: string }, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: LOOPBACK, port, ca, servername: 'localhost' })
    const answer = (ready: boolean): void => {
      socket.destroy()
      resolve(ready)
    }
    signal.addEventListener('abort', () => answer(false))
    socket.on('error', () => answer(false))
    socket.on('secureConnect', () => answer(true))
  })
}
