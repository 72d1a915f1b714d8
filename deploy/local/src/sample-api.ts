import Fastify from 'fastify'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AccessCheck, AccessRefused } from './sample-access.js'
import type { AccessRules, AccessRequest } from './sample-access.js'

export const SAMPLE_SCOPE = 'granfjelldal:journal/read'

export interface SampleApiOptions {
  readonly rules: AccessRules
  /** Where clients reach this API: what a proof's `htu` begins with. */
  readonly baseUrl: string
  readonly check?: AccessCheck
}

/** A municipality's journal API as small as can be: one resource, and every check that HelseID asks of an API. */
export function sampleApi({ rules, baseUrl, check = new AccessCheck(rules) }: SampleApiOptions): FastifyInstance {
  const app = Fastify({ bodyLimit: 1024 })
  app.get('/readyz', () => ({ status: 'ready' }))
  app.get('/journals/13888998001', async (request) => {
    const { clientId, claims } = await check.check(accessRequest(request, baseUrl), SAMPLE_SCOPE)
    return {
      patient: '13888998001',
      entries: ['synthetic: no known allergies'],
      readBy: clientId,
      notBefore: claims.nbf,
    }
  })
  app.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof AccessRefused)) return reply.code(500).send({ error: 'server_error' })
    const { status, code, message } = error
    if (status === 401) void reply.header('www-authenticate', `DPoP error="${code}", algs="ES256 ES384 ES512 PS256"`)
    return reply.code(status).send({ error: code, error_description: message })
  })
  return app
}

function accessRequest(request: FastifyRequest, baseUrl: string): AccessRequest {
  const named = (name: string): string[] =>
    request.raw.rawHeaders.filter((_, index, all) => index % 2 === 1 && all[index - 1]?.toLowerCase() === name)
  const url = `${baseUrl}${request.url.split('?', 1)[0] ?? ''}`
  return { method: request.method, url, authorization: named('authorization').join(', '), proofs: named('dpop') }
}
