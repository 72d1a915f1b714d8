import { createServer } from 'node:net'

/** The loopback address of everything local; nothing ever binds another. */
export const LOOPBACK = '127.0.0.1'
const PORTS_TO_TRY = 100

/** Ports given out lately by this process: a service needs a moment before it binds its own. */
const given = new Set<number>()

/** A free loopback port, chosen by the kernel. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await bind(0)
    if (port !== undefined && !given.has(port)) {
      given.add(port)
      return port
    }
  }
}

/** Several different free loopback ports. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < count) ports.push(await freePort())
  return ports
}

/** `preferred`, or else the next free one above it. @throws Error when a hundred in a row are taken. */
export async function portFrom(preferred: number): Promise<number> {
  for (let port = preferred; port < preferred + PORTS_TO_TRY && port <= 65_535; port++) {
    if (!given.has(port) && (await bind(port)) !== undefined) {
      given.add(port)
      return port
    }
  }
  throw new Error(`no free port from ${preferred} on: name another with GATEWAY_PORT`)
}

function bind(port: number): Promise<number | undefined> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined))
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined))
    })
  })
}
