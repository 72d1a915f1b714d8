import { connect } from 'node:net'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { findNatsServer } from './nats-find.js'
import type { FindOptions } from './nats-find.js'
import { freePort, LOOPBACK } from './ports.js'
import type { Supervisor } from './supervisor.js'

export const NATS = 'nats'

export interface NatsServer {
  readonly url: string
  readonly port: number
  readonly version: string
  readonly configFile: string
}

/** Makes the configuration's text for a port and a store, e.g. `serverConfig` of deploy/nats. */
export type NatsConfig = (place: { port: number; storeDir: string }) => string

/** Starts a nats-server with JetStream in the run's folder, on a free loopback port. */
export async function startNats(supervisor: Supervisor, config: NatsConfig, find?: FindOptions): Promise<NatsServer> {
  const { file, version } = await findNatsServer(find)
  const port = await freePort()
  const storeDir = path.join(supervisor.run.data, 'nats')
  const configFile = path.join(supervisor.run.secrets, 'nats-server.conf')
  await writeFile(configFile, config({ port, storeDir }), { mode: 0o600 })
  const ready = (signal: AbortSignal): Promise<boolean> => greets(port, signal)
  await supervisor.start({ name: NATS, command: file, args: ['-c', configFile], env: {}, ready })
  return { url: `nats://${LOOPBACK}:${port}`, port, version, configFile }
}

/** A nats-server that serves greets every connection with INFO, and says there whether JetStream is on. */
function greets(port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: LOOPBACK, port, signal })
    const answer = (ready: boolean): void => {
      socket.destroy()
      resolve(ready)
    }
    let heard = ''
    socket.on('error', () => answer(false))
    socket.on('close', () => answer(false))
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString()
      if (heard.includes('\r\n')) answer(heard.startsWith('INFO ') && heard.includes('"jetstream":true'))
    })
  })
}
