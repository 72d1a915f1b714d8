import { createHttp, type Logger } from '@tillit/service-kit'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { fakeDeps, formText, ISSUER, proof, type FakeDeps } from '../domain/issuing.fixture.js'
import type { Jwks } from '../domain/jwks.js'
import type { Endpoint, Journal } from '../domain/ports.js'
import { metadataRoutes } from './metadata.js'
import { tokenRoute } from './token.js'
import { tokenStatusRoutes } from './token-status.js'

/** Every line written to the log, and every request's end. */
export interface Written {
  readonly lines: unknown[]
  readonly ends: string[]
}

export interface TestApp extends Written {
  readonly http: FastifyInstance
  readonly deps: FakeDeps
  keys: Jwks | undefined
  post(
    path: string,
    form: Readonly<Record<string, string | undefined>> | string,
    headers?: Headers,
  ): Promise<LightMyRequestResponse>
}
type Headers = Record<string, string | string[]>

/** The service's routes on the real server of service-kit, with fakes behind. */
export async function testApp(rest: Partial<FakeDeps> = {}): Promise<TestApp> {
  const lines: unknown[] = []
  const ends: string[] = []
  const write = (...line: unknown[]): void => void lines.push(line)
  const log = { info: write, warn: write, error: write, debug: write } as unknown as Logger
  const deps = { ...fakeDeps(), ...rest }
  const http = createHttp({ config: { ISSUER }, log })
  const app: TestApp = {
    http,
    deps,
    lines,
    ends,
    keys: { keys: [{ kty: 'EC', kid: 'a' }] },
    post: (path, form, headers = {}) =>
      http.inject({
        method: 'POST',
        url: path,
        headers: { 'content-type': 'application/x-www-form-urlencoded', dpop: proof(), ...headers },
        payload: typeof form === 'string' ? form : formText(form),
      }),
  }
  const journal: Journal = { open: (endpoint) => fakeTrail(endpoint, ends) }
  await tokenRoute(http, { ...deps, journal })
  await tokenStatusRoutes(http, { ...deps, journal })
  metadataRoutes(http, { issuer: ISSUER, currentKeys: () => app.keys, retiredKeys: () => app.keys && NO_KEYS })
  return app
}

const NO_KEYS: Jwks = { keys: [] }

function fakeTrail(endpoint: Endpoint, ends: string[]): ReturnType<Journal['open']> {
  const nothing = (): void => undefined
  return {
    enter: nothing,
    asks: nothing,
    knows: nothing,
    warn: nothing,
    alarm: nothing,
    done: () => void ends.push(`${endpoint} done`),
    refused: (error) => void ends.push(`${endpoint} ${(error as { code?: string }).code ?? String(error)}`),
  }
}
