import type { FastifyInstance, RouteOptions } from 'fastify'
import { OAuthError } from '@tillit/oauth'
import type { RouteAccess } from './access.js'

/** helseid.md, section 1: here a wrong method or content type is `invalid_request`, as HelseID answers it. */
const INVALID_REQUEST_PATHS: ReadonlySet<string> = new Set(['/connect/token', '/connect/par'])

export const answersInvalidRequest = (path: string): boolean => INVALID_REQUEST_PATHS.has(path)

/** Every route: refuses one that does not declare its access, and knows which methods a path has. */
export class RouteTable {
  readonly #routes = new Map<string, { pattern: RegExp; methods: Set<string> }>()
  #scoped = false

  constructor(http: FastifyInstance) {
    http.addHook('onRoute', (route) => this.#add(route))
  }

  /** Some route asks for an access token. */
  get hasScopedRoutes(): boolean {
    return this.#scoped
  }

  /** The answer where no route fits: 405 with Allow where only the method is wrong. */
  explain(method: string, path: string): OAuthError {
    const methods = this.#methodsOf(path)
    if (methods.length === 0) return new OAuthError('invalid_request', 'There is nothing at this path', { status: 404 })
    const allow = methods.join(', ')
    const status = answersInvalidRequest(path) ? 400 : 405
    const text = `${method} is not taken here: use ${allow}`
    return new OAuthError('invalid_request', text, { status, headers: { Allow: allow } })
  }

  #methodsOf(path: string): string[] {
    const found = new Set<string>()
    for (const { pattern, methods } of this.#routes.values())
      if (pattern.test(path)) for (const method of methods) found.add(method)
    return [...found].sort()
  }

  #add(route: RouteOptions): void {
    const access = route.config?.access
    if (!isDeclared(access))
      throw new TypeError(`${String(route.method)} ${route.url} must declare access: caller, limit and audit`)
    if (typeof access.caller === 'object') this.#scoped = true
    const known = this.#routes.get(route.url) ?? { pattern: patternOf(route.url), methods: new Set<string>() }
    for (const method of [route.method].flat()) known.methods.add(method)
    this.#routes.set(route.url, known)
  }
}

function isDeclared(access: RouteAccess | undefined): access is RouteAccess {
  if (!access || !access.limit || !access.audit) return false
  const { caller } = access
  return caller === 'public' || caller === 'client-assertion' || (typeof caller === 'object' && caller.scope !== '')
}

/** Fastify's `:name` and `*` as a regular expression over the path. */
function patternOf(url: string): RegExp {
  const escaped = url.replace(/[.+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replace(/:[A-Za-z0-9_]+/g, '[^/]+').replaceAll('*', '.*')}$`)
}
