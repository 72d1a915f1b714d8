import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { BaseConfigValues } from '../config.js'
import { serveMetrics } from '../telemetry/sdk.js'

export interface PrivatePortOptions {
  readonly config: Pick<BaseConfigValues, 'HOST' | 'PRIVATE_PORT'>
  /** Why the process should get no traffic; empty when it may. */
  readonly reasons: () => string[]
}

/** Health and metrics, on a port that no ingress sees. `/healthz`: the process lives, whatever its dependencies do. */
export class PrivatePort {
  readonly #options: PrivatePortOptions
  readonly #server: Server

  constructor(options: PrivatePortOptions) {
    this.#options = options
    this.#server = createServer({ maxHeaderSize: 8_192, requestTimeout: 5_000 }, (request, response) =>
      this.#answer(request, response),
    )
  }

  listen(): Promise<void> {
    const { HOST, PRIVATE_PORT } = this.#options.config
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(PRIVATE_PORT, HOST, () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    if (request.url?.split('?', 1)[0] === '/metrics' && request.method === 'GET') serveMetrics(request, response)
    else send(response, ...this.#health(request))
  }

  #health({ method, url }: IncomingMessage): [number, object] {
    if (method !== 'GET' && method !== 'HEAD') return [405, { status: 'method not allowed' }]
    const path = url?.split('?', 1)[0]
    if (path === '/healthz') return [200, { status: 'live' }]
    if (path !== '/readyz') return [404, { status: 'not found' }]
    const reasons = this.#options.reasons()
    return reasons.length === 0 ? [200, { status: 'ready' }] : [503, { status: 'unready', reasons }]
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}
