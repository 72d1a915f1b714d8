import { OAuthError } from '@tillit/oauth'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import { changeStatus, notFound } from '../domain/change-status.js'
import type { EntityKind } from '../domain/model.js'
import type { RegistryStore, Relay } from '../domain/ports.js'
import { mayRead, mayWrite } from './access.js'
import { ApiView, AudienceParams, ClientParams, ClientView, DelegationParams, DelegationView } from './schemas.js'
import { Headers, NumberParams, OrganisationView, StatusBody } from './schemas.js'

export interface RecordDeps {
  readonly store: RegistryStore
  readonly relay: Relay
}

interface Resource {
  readonly kind: EntityKind
  readonly url: string
  readonly params: TSchema
  readonly view: TSchema
  readonly subject: (params: Record<string, string>) => string[]
}

const resources: readonly Resource[] = [
  {
    kind: 'client',
    url: '/admin/v1/clients/:id',
    params: ClientParams,
    view: ClientView,
    subject: ({ id = '' }) => [id],
  },
  {
    kind: 'organisation',
    url: '/admin/v1/organisations/:orgnr',
    params: NumberParams,
    view: OrganisationView,
    subject: ({ orgnr = '' }) => [orgnr],
  },
  {
    kind: 'api',
    url: '/admin/v1/apis/:audience',
    params: AudienceParams,
    view: ApiView,
    subject: ({ audience = '' }) => [audience],
  },
  {
    kind: 'delegation',
    url: '/admin/v1/delegations/:supplier/:delegator',
    params: DelegationParams,
    view: DelegationView,
    subject: ({ supplier = '', delegator = '' }) => [supplier, delegator],
  },
]

/** Read one record, and withdraw or reactivate it. The ETag is the record's revision (RFC 9110, section 8.8.3). */
export function recordRoutes(http: FastifyInstance, deps: RecordDeps): void {
  for (const resource of resources) {
    const { kind, url, params, view } = resource
    const send = async (reply: FastifyReply, subject: string[]): Promise<FastifyReply> => {
      const record = await deps.store.find(kind, subject)
      if (!record) throw notFound(kind)
      return reply.header('ETag', `"${record.revision}"`).header('Cache-Control', 'no-store').send(record)
    }
    const subjectOf = (request: FastifyRequest): string[] => resource.subject(request.params as Record<string, string>)

    http.get(url, { config: { access: mayRead }, schema: { params, response: { 200: view } } }, (request, reply) =>
      send(reply, subjectOf(request)),
    )
    http.put(
      `${url}/status`,
      {
        config: { access: mayWrite },
        bodyLimit: 4_096,
        schema: { params, headers: Headers, body: StatusBody, response: { 200: view } },
      },
      async (request, reply) => {
        const { status, reason } = request.body as StatusBody
        const expected = expectedRevision(request.headers['if-match'])
        const subject = subjectOf(request)
        const change = { kind, subject, status, reason, ...(expected === undefined ? {} : { expected }) }
        await changeStatus(change, actorOf(request), deps)
        return send(reply, subject)
      },
    )
  }
}

/** Never the person behind it: the access token names the client. */
export const actorOf = (request: FastifyRequest): string => `client:${request.caller?.clientId ?? ''}`

function expectedRevision(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch === '*') return undefined
  const [, revision] = /^"([0-9]{1,15})"$/.exec(ifMatch) ?? []
  if (revision === undefined)
    throw new OAuthError('invalid_request', 'If-Match must be one ETag of this record, in quotes')
  return Number(revision)
}
