import path from 'node:path'
import type { ServiceName } from '@tillit/events'

/** The clone's folder. */
export const ROOT = path.join(import.meta.dirname, '..', '..', '..')

/** What the local constellation must know about a service; the rest is the service's own matter. */
export interface ServiceShape {
  readonly name: ServiceName
  /** Paths that the gateway sends here; empty where a service has no public HTTP. */
  readonly paths: readonly string[]
  readonly database: boolean
  /** Longest wait of the gateway for an answer. Tokens are signed within 2 s or not at all. */
  readonly timeoutMs: number
  readonly bodyLimit: number
}

const MB = 1_048_576

export const serviceShapes: { readonly [S in ServiceName]: ServiceShape & { readonly name: S } } = {
  token: { name: 'token', paths: ['/.well-known', '/connect'], database: false, timeoutMs: 3000, bodyLimit: MB / 16 },
  'signing-key': { name: 'signing-key', paths: [], database: true, timeoutMs: 0, bodyLimit: 0 },
  'client-registry': {
    name: 'client-registry',
    paths: ['/admin'],
    database: true,
    timeoutMs: 30_000,
    bodyLimit: 32 * MB,
  },
  audit: { name: 'audit', paths: ['/audit'], database: true, timeoutMs: 15_000, bodyLimit: MB },
}

export const shapes: readonly ServiceShape[] = Object.values(serviceShapes)
export const serviceFolder = (service: ServiceName): string => path.join(ROOT, 'services', service)
