/** What every route says about itself; the app refuses to start with one that does not (style.md, rule 10). */
export interface RouteAccess {
  /** Who may call: anyone, a client that sends its assertion in the form, or a bearer of a DPoP token with the scope. */
  readonly caller: 'public' | 'client-assertion' | { readonly scope: string }
  /** In words, for readers and the generated docs: for example `50/s per client`. */
  readonly limit: string
  /** The event that tells of it, or why none is needed. */
  readonly audit: string
}

/** Who called a route with `caller: { scope }`, from the verified access token. */
export interface Caller {
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly jti: string
  readonly orgnrParent?: string
  readonly orgnrChild?: string
  readonly orgnrSupplier?: string
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: RouteAccess
  }
  interface FastifyRequest {
    /** Present on routes with `caller: { scope }`, after verification. */
    caller: Caller | null
  }
}
