import { Agent } from 'node:http'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { Server } from 'node:https'
import type { Socket } from 'node:net'
import { answerError, writeRawError } from './gateway-errors.js'
import { forward } from './gateway-forward.js'
import { refuse } from './gateway-rules.js'
import { routeFor, Upstreams } from './gateway-upstreams.js'
import type { Route } from './gateway-upstreams.js'

export interface GatewayOptions {
  readonly port: number
  readonly cert: string
  readonly key: string
  readonly routes: readonly Route[]
}

export interface Gateway {
  readonly port: number
  close(): Promise<void>
}

const MAX_HEADER_BYTES = 16_384
const LIMITS = {
  maxHeaderSize: MAX_HEADER_BYTES,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
}
const NOTHING_HERE = { status: 404, error: 'not_found', text: 'Nothing lives here.' }
const ADDRESSES = ['127.0.0.1', '::1']

/**
 * The public door of the local constellation: HTTPS on loopback, one host, routed by path to live replicas. It changes
 * nothing of a request but what only a gateway may say; what is ambiguous it refuses.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const upstreams = new Upstreams(options.routes)
  const agent = new Agent({ keepAlive: true, maxSockets: 512, scheduling: 'lifo' })
  const handle = handler(options, { upstreams, agent })
  const servers: Server[] = []
  for (const host of ADDRESSES) {
    const server = createServer({ cert: options.cert, key: options.key, minVersion: 'TLSv1.2', ...LIMITS }, handle)
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => writeRawError(socket, error.code))
    if (await listen(server, { host, port: options.port })) servers.push(server)
  }
  if (servers.length === 0) throw new Error(`the gateway cannot listen on port ${options.port}`)
  return { port: options.port, close: () => close(servers, { upstreams, agent }) }
}

interface Parts {
  readonly upstreams: Upstreams
  readonly agent: Agent
}

function handler({ routes, port }: GatewayOptions, { upstreams, agent }: Parts): RequestListener {
  const hosts = ['localhost', ...ADDRESSES.map((one) => (one.includes(':') ? `[${one}]` : one))]
  const names = hosts.flatMap((host) => (port === 443 ? [host, `${host}:443`] : [`${host}:${port}`]))
  return (request: IncomingMessage, response: ServerResponse) => {
    const url = request.url ?? ''
    const refusal = refuse({ url, raw: request.rawHeaders }, names)
    const route = routeFor(routes, url.split('?', 1)[0] ?? '')
    if (refusal !== undefined) answerError(response, refusal)
    else if (route === undefined) answerError(response, NOTHING_HERE)
    else
      forward(request, response, {
        route,
        agent,
        candidates: upstreams.choose(route),
        lost: (one) => upstreams.lost(one),
      })
  }
}

/** False where this machine has no such address (IPv6 may be off); a port that is taken is an error on either. */
function listen(server: Server, place: { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') reject(error)
      else resolve(false)
    })
    server.listen(place, () => resolve(true))
  })
}

async function close(servers: Server[], { upstreams, agent }: Parts): Promise<void> {
  upstreams.close()
  const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)))
  for (const server of servers) server.closeIdleConnections()
  const late = setTimeout(() => servers.forEach((server) => server.closeAllConnections()), 2000)
  await Promise.all(closed)
  clearTimeout(late)
  agent.destroy()
}
