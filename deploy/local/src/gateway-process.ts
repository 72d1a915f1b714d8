import { existsSync } from 'node:fs'
import path from 'node:path'
import type { LocalCertificates } from './ca.js'
import { routesTo } from './plan.js'
import type { Replica } from './plan.js'
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
  const { cert, key } = certificates
  // A handshake would not tell: on a port that another run took, that run's gateway answers with the same certificate.
  const readyFile = path.join(supervisor.run.secrets, 'gateway.ready')
  const settings = JSON.stringify({ port, cert, key, routes: routesTo(replicas), readyFile })
  const file = await secretFile(path.join(supervisor.run.secrets, 'gateway.json'), settings)
  const ready = (): Promise<boolean> => Promise.resolve(existsSync(readyFile))
  await supervisor.start({ name: GATEWAY, command: process.execPath, args: [MAIN, file], env: {}, ready })
}
