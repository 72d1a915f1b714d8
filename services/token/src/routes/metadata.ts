import { hash } from 'node:crypto'
import { temporarilyUnavailable } from '@tillit/oauth'
import type { FastifyInstance } from 'fastify'
import type { Jwks } from '../domain/jwks.js'
import { metadata, paths } from '../domain/metadata.js'

export interface MetadataDeps {
  readonly issuer: string
  /** undefined until the first keys have been received. The same object until something changes. */
  readonly currentKeys: () => Jwks | undefined
  readonly retiredKeys: () => Jwks | undefined
}

/** security.md section 4: a relying party keeps what it has for a day when this issuer cannot be reached. */
const CACHE_CONTROL = 'public, max-age=3600, stale-if-error=86400'

/** Discovery and keys, from memory, whatever else is down. */
export function metadataRoutes(http: FastifyInstance, deps: MetadataDeps): void {
  const document = metadata(deps.issuer)
  serve(http, paths.openidConfiguration, () => document)
  // RFC 8414, section 3 puts the same document here, for clients that speak OAuth and not OpenID Connect.
  serve(http, paths.oauthMetadata, () => document)
  serve(http, paths.jwks, deps.currentKeys)
  serve(http, paths.expiredJwks, deps.retiredKeys)
}

interface Encoded {
  readonly source: object
  readonly body: string
  readonly etag: string
}

function serve(http: FastifyInstance, path: string, read: () => object | undefined): void {
  let encoded: Encoded | undefined
  const access = { caller: 'public', limit: 'none: a few kilobytes from memory', audit: 'none: public' } as const
  http.get(path, { config: { access } }, (request, reply) => {
    const source = read()
    if (source === undefined) throw temporarilyUnavailable('The keys are not known yet: try again', 1)
    if (encoded?.source !== source) encoded = encode(source)
    void reply.headers({ 'cache-control': CACHE_CONTROL, etag: encoded.etag })
    if (matches(request.headers['if-none-match'], encoded.etag)) return reply.code(304).send()
    return reply.type('application/json').send(encoded.body)
  })
}

function encode(source: object): Encoded {
  const body = JSON.stringify(source)
  return { source, body, etag: `"${hash('sha256', body, 'base64url').slice(0, 27)}"` }
}

/** RFC 9110, section 13.1.2: a list of tags, compared weakly. */
function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined || ifNoneMatch.length > 1_024) return false
  return ifNoneMatch.split(',').some((tag) => [etag, `W/${etag}`, '*'].includes(tag.trim()))
}
