import { ConfigError } from '../config.js'
import type { Part, Service } from './part.js'
import { processHost, type Host } from './host.js'
import { PrivatePort } from './private-port.js'
import { shutDown } from './shut-down.js'
import { startParts } from './start-parts.js'

/** sysexits.h: the configuration is wrong. */
const EX_CONFIG = 78

/**
 * Runs a service until SIGTERM or SIGINT (operations.md, section 4). Wrong configuration ends the process with 78 before
 * anything listens; a dependency that is not there yet is waited for, live but unready. Resolves when all is stopped.
 */
export async function run(
  service: Service | Promise<Service> | (() => Service | Promise<Service>),
  host: Host = processHost,
): Promise<void> {
  const built = await build(service, host)
  if (built) await new Runner(built, host).run()
}

async function build(
  service: Service | Promise<Service> | (() => Service | Promise<Service>),
  host: Host,
): Promise<Service | undefined> {
  try {
    const built = await (typeof service === 'function' ? service() : service)
    if (built.http && built.config.PORT === undefined)
      throw new ConfigError('Invalid configuration:\n- PORT is not set: set it to the port of the public server')
    return built
  } catch (error) {
    const config = error instanceof ConfigError
    host.stderr(config ? error.message : `The service could not be built: ${describe(error)}`)
    host.exit(config ? EX_CONFIG : 1)
    return undefined
  }
}

const describe = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error))

type Phase = 'starting' | 'serving' | 'draining'

class Runner {
  readonly #service: Service
  readonly #host: Host
  readonly #started: Part[] = []
  readonly #stopped = Promise.withResolvers<undefined>()
  readonly #starting = new AbortController()
  readonly #privatePort: PrivatePort
  #phase: Phase = 'starting'

  constructor(service: Service, host: Host) {
    this.#service = service
    this.#host = host
    this.#privatePort = new PrivatePort({ config: service.config, reasons: () => this.#reasons() })
  }

  async run(): Promise<void> {
    const { log } = this.#service
    this.#host.on('SIGTERM', () => this.#signal('SIGTERM'))
    this.#host.on('SIGINT', () => this.#signal('SIGINT'))
    this.#host.onFatal((err) => {
      log.fatal({ 'event.name': 'service.crashed', err }, 'An error that nobody handled')
      this.#host.exit(1)
    })
    try {
      await this.#privatePort.listen()
      const { parts } = this.#service
      await startParts({ parts, log, signal: this.#starting.signal, started: (part) => this.#started.push(part) })
      if (!this.#starting.signal.aborted) await this.#serve()
    } catch (err) {
      log.fatal({ 'event.name': 'service.start_failed', err }, 'The service could not start')
      this.#host.exit(1)
    }
    await this.#stopped.promise
  }

  async #serve(): Promise<void> {
    const { http, config, log } = this.#service
    if (http) await http.listen({ host: config.HOST, port: config.PORT ?? 0 })
    if (this.#starting.signal.aborted) return
    this.#phase = 'serving'
    log.info({ 'event.name': 'service.started', port: config.PORT, privatePort: config.PRIVATE_PORT }, 'Started')
  }

  #signal(name: string): void {
    const { log } = this.#service
    if (this.#phase === 'draining') {
      log.warn({ 'event.name': 'service.killed', signal: name }, 'Second signal: exit at once')
      this.#host.exit(1)
      return
    }
    log.info({ 'event.name': 'service.stopping', signal: name }, 'Stopping')
    this.#phase = 'draining'
    this.#starting.abort()
    void this.#stop()
  }

  async #stop(): Promise<void> {
    const service = this.#service
    const parts = this.#started
    const clean = await shutDown({ service, parts, host: this.#host, privatePort: this.#privatePort })
    this.#stopped.resolve(undefined)
    this.#host.exit(clean ? 0 : 1)
  }

  #reasons(): string[] {
    if (this.#phase === 'draining') return ['stopping']
    const reasons = this.#phase === 'starting' ? ['starting'] : []
    for (const part of this.#service.parts) {
      const ready = part.ready?.() ?? true
      if (ready !== true) reasons.push(ready)
    }
    return reasons
  }
}
