import type { RouteAccess } from '@tillit/service-kit'
import { fastify, type RouteOptions } from 'fastify'
import Type from 'typebox'
import { ImportDocument } from './domain/document.js'
import { adminRoutes, type AdminDeps } from './routes/admin.js'

type Schema = Readonly<Record<string, unknown>>

/** What the import route checks item by item, as one schema. */
const bodies: Readonly<Record<string, Schema>> = {
  '/admin/v1/import': {
    ...Type.Object(
      { ...ImportDocument.properties, dryRun: Type.Optional(Type.Boolean()) },
      { additionalProperties: false },
    ),
  },
}

const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  error: Type.Optional(Type.String()),
  errors: Type.Optional(
    Type.Array(Type.Object({ pointer: Type.String(), detail: Type.String(), error: Type.Optional(Type.String()) })),
  ),
})

const REFUSALS: Readonly<Record<string, string>> = {
  400: 'The request or the document is refused; `errors` points at each place (RFC 6901)',
  401: 'No valid access token and DPoP proof (RFC 9449), or its client is withdrawn',
  403: 'The token lacks the scope',
  404: 'There is no such record',
  409: 'A key is already the key of another client',
  412: 'The record has changed since the revision in If-Match',
  429: 'Too many requests; see Retry-After',
  503: 'Not available just now; see Retry-After',
}

/** OpenAPI 3.1 of the admin API, from the routes themselves. */
export async function openapiDocument(): Promise<Schema> {
  const http = fastify()
  const routes: RouteOptions[] = []
  http.addHook('onRoute', (route) => void routes.push(route))
  http.setValidatorCompiler(() => () => true)
  // The routes are only looked at: nothing is called.
  adminRoutes(http, { now: Date.now, environment: 'local' } as AdminDeps)
  await http.close()
  const paths: Record<string, Record<string, Schema>> = {}
  for (const route of routes) {
    const method = String(route.method).toLowerCase()
    if (method === 'head') continue
    const path = route.url.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [method]: operation(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tillit registry: admin API',
      version: '1',
      description: 'Audience `tillit:registry`. Access tokens are bound by DPoP; the ETag of a record is its revision.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      securitySchemes: { dpop: { type: 'http', scheme: 'DPoP', description: 'RFC 9449' } },
      schemas: { Problem },
    },
  }
}

function operation(route: RouteOptions): Schema {
  const { params, headers, body, response } = (route.schema ?? {}) as Record<string, Schema | undefined>
  const access = route.config?.access as RouteAccess
  const scope = typeof access.caller === 'object' ? access.caller.scope : ''
  const content = bodies[route.url] ?? body
  return {
    'x-limit': access.limit,
    'x-audit': access.audit,
    security: [{ dpop: [scope] }],
    parameters: [...parameters(params, 'path'), ...parameters(headers, 'header')],
    ...(content ? { requestBody: { required: true, content: { 'application/json': { schema: content } } } } : {}),
    responses: {
      200: { description: 'Done', content: { 'application/json': { schema: response?.['200'] ?? {} } } },
      ...Object.fromEntries(
        Object.entries(REFUSALS)
          .filter(([status]) => mayAnswer(route, Number(status)))
          .map(([status, description]) => [status, refusal(description)]),
      ),
    },
  }
}

/** Conflicts are the import's, preconditions those of a change of status, and a whole document names no single record. */
function mayAnswer({ url, method }: RouteOptions, status: number): boolean {
  const isImport = url.endsWith('/import')
  if (status === 404) return !isImport
  if (status === 409) return isImport
  return status !== 412 || (!isImport && method === 'PUT')
}

const refusal = (description: string): Schema => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
})

function parameters(schema: Schema | undefined, place: 'path' | 'header'): Schema[] {
  const properties = (schema?.['properties'] ?? {}) as Record<string, Schema>
  return Object.entries(properties).map(([name, value]) => ({
    name,
    in: place,
    required: place === 'path',
    schema: value,
  }))
}
