import { connect, type AddressInfo } from 'node:net'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { createLogger } from '../log.js'
import { createHttp, type HttpOptions } from './create-http.js'

export const access = { caller: 'public', limit: 'none', audit: 'none: a test' } as const
export const form = { 'content-type': 'application/x-www-form-urlencoded' }

const open: FastifyInstance[] = []

/** A server with the real options, and the lines that it logs. */
export function app(options: Partial<HttpOptions> = {}): { http: FastifyInstance; lines: string[] } {
  const lines: string[] = []
  const log = createLogger({
    service: 'test',
    instance: 'test-1',
    level: 'info',
    environment: 'test',
    destination: { write: (line) => void lines.push(line) },
  })
  const http = createHttp({ config: { ISSUER: 'https://issuer.example' }, log, ...options })
  open.push(http)
  return { http, lines }
}

export async function closeApps(): Promise<void> {
  for (const http of open.splice(0)) await http.close()
}

export const post = (url: string, headers: Record<string, string>, payload: string): InjectOptions => ({
  method: 'POST',
  url,
  headers,
  payload,
})

/** Sends bytes that no HTTP client would, and returns all that comes back. */
export async function rawRequest(http: FastifyInstance, request: string): Promise<string> {
  await http.listen({ host: '127.0.0.1', port: 0 })
  const { port } = http.server.address() as AddressInfo
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')))
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
    socket.setTimeout(3_000, () => socket.destroy())
  })
}
