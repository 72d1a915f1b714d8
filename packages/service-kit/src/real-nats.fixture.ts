import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Identity } from '@tillit/events'
import { provision } from '../../../deploy/nats/src/provisioning.js'
import { startServer, type RealServer } from '../../../deploy/nats/src/real-server.js'
import { connectAs } from '../../../deploy/nats/src/users.js'
import { createLogger } from './log.js'
import { connectNats } from './nats/connect.js'
import type { Nats } from './nats/types.js'

/** A provisioned nats-server with the generated permissions, and connections to it. */
export class RealNats {
  readonly #server: RealServer
  readonly #folder = mkdtempSync(join(tmpdir(), 'tillit-seeds-'))
  readonly #open: Nats[] = []

  private constructor(server: RealServer) {
    this.#server = server
  }

  static async start(): Promise<RealNats> {
    const server = await startServer()
    const deploy = await connectAs('deploy', { url: server.url, seed: server.users.deploy.seed })
    await provision(deploy, { limits: 'local', partitions: 2 })
    await deploy.close()
    return new RealNats(server)
  }

  get url(): string {
    return this.#server.url
  }

  /** A `Nats` that is not started yet; `url` may lead through a proxy. */
  nats(identity: Identity, url = this.#server.url): Nats {
    const seedFile = join(this.#folder, identity)
    writeFileSync(seedFile, this.#server.users[identity].seed)
    const log = createLogger({ service: identity, instance: 'test', level: 'silent', environment: 'test' })
    const config = { NATS_URL: [url], NATS_NKEY_SEED_FILE: seedFile, INSTANCE_ID: 'test-1' }
    const nats = connectNats({ config, identity, log })
    this.#open.push(nats)
    return nats
  }

  async connect(identity: Identity, url?: string): Promise<Nats> {
    const nats = this.nats(identity, url)
    await nats.start?.()
    return nats
  }

  async stop(): Promise<void> {
    for (const nats of this.#open) await nats.stop?.()
    await this.#server.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
