import { OAuthError, parseAssertionDetails, type ClientCredentialsRequest } from '@tillit/oauth'
import type { AuthenticatedClient } from './authenticate-client.js'
import { chooseScopes, type ScopeChoice } from './choose-scopes.js'
import { clientClaims, organisationClaims } from './client-claims.js'
import type { Api, Client, Environment } from './model.js'
import type { DecisionInputs, Registry, Trail } from './ports.js'
import { representedOrganisation, type Represented } from './represented-organisation.js'

export interface DecideDeps {
  readonly registry: Registry
  readonly environment: Environment
}

/** What the client may have now, and why. */
export interface Decision {
  readonly audiences: readonly string[]
  readonly scope: readonly string[]
  /** Dropped because the represented organisation has not accepted the API's terms. */
  readonly rejectedScope: readonly string[]
  readonly alg: string
  /** Seconds. */
  readonly lifetime: number
  /** Every API takes Bearer tokens. */
  readonly allowBearer: boolean
  readonly organisation: ReturnType<typeof organisationClaims>
  readonly clientClaims: Readonly<Record<string, unknown>>
  readonly inputs: DecisionInputs
}

/** helseid.md sections 4.3, 5 and 6, for a machine. */
export async function decideClientCredentials(
  request: ClientCredentialsRequest,
  caller: AuthenticatedClient,
  deps: DecideDeps & { readonly trail: Trail },
): Promise<Decision> {
  const { client, organisation: owner, assertion } = caller
  const { registry, environment, trail } = deps
  const details = parseAssertionDetails(assertion.assertionDetails, {
    allowLegacyOid: client.flags.legacyOrganisationOid,
  })
  checkMembership(caller)
  const represented = await representedOrganisation(
    { client, owner, requested: details.organisation, environment },
    registry,
  )
  const chosen = await chooseScopes(
    { client, requested: request.scope, resources: request.resources, environment },
    registry,
  )
  const { apis, scope, rejected } = applyTerms(chosen, client, represented)
  if (apis.length > 1) trail.warn('several_audiences')
  if (represented?.usedLegacyOid) trail.warn('legacy_organisation_oid')
  return {
    audiences: apis.map((api) => api.audience),
    scope,
    rejectedScope: rejected,
    alg: commonAlg(apis),
    lifetime: Math.min(...apis.map((api) => api.accessTokenLifetime)),
    allowBearer: apis.every((api) => api.allowBearer),
    organisation: organisationClaims(represented, apis),
    clientClaims: clientClaims({ client, apis, sfmJournalId: details.sfmJournalId }),
    inputs: inputsOf(request, caller, { apis, rejected, represented }),
  }
}

/** helseid.md section 12, §2: no access without being a member or an approved supplier. */
function checkMembership({ client, organisation }: AuthenticatedClient): void {
  const { member, approvedSupplier } = organisation
  if (client.tenancy === 'multi-tenant' ? approvedSupplier : member || approvedSupplier) return
  const missing = client.tenancy === 'multi-tenant' ? 'an approved supplier' : 'a member or an approved supplier'
  throw new OAuthError('unauthorized_client', `The organisation that owns this client is not ${missing}`, {
    cause: 'not_a_member',
  })
}

interface AfterTerms extends ScopeChoice {
  readonly rejected: readonly string[]
}

/** helseid.md section 5.1: checked per request for multi-tenant clients, at set-up for the others. */
function applyTerms(chosen: ScopeChoice, client: Client, represented: Represented | undefined): AfterTerms {
  if (client.tenancy !== 'multi-tenant' || represented === undefined) return { ...chosen, rejected: [] }
  const { acceptedTerms } = represented.parent
  const unsigned = chosen.apis.filter(({ terms }) => terms !== undefined && acceptedTerms[terms.uri] !== terms.version)
  if (unsigned.length === 0) return { ...chosen, rejected: [] }
  const rejected = chosen.scope.filter((scope) => unsigned.some((api) => api.scopes.includes(scope)))
  const apis = chosen.apis.filter((api) => !unsigned.includes(api))
  if (apis.length === 0) {
    const uris = unsigned.map((api) => api.terms?.uri).join(', ')
    throw new OAuthError(
      'invalid_scope',
      `The scope is refused: ${represented.parent.orgnr} has not accepted the terms of these APIs: ${uris}`,
      { cause: 'terms_not_accepted' },
    )
  }
  return { apis, scope: chosen.scope.filter((scope) => !rejected.includes(scope)), rejected }
}

function commonAlg(apis: readonly Api[]): string {
  const algs = new Set(apis.map((api) => api.signingAlg))
  const [alg] = algs
  if (alg !== undefined && algs.size === 1) return alg
  throw new OAuthError(
    'invalid_target',
    'The APIs of these scopes want different signature algorithms: ask for one API at a time with resource',
    { cause: 'different_algs' },
  )
}

interface Outcome {
  readonly apis: readonly Api[]
  readonly rejected: readonly string[]
  readonly represented: Represented | undefined
}

function inputsOf(
  request: ClientCredentialsRequest,
  { client, organisation: owner, assertion }: AuthenticatedClient,
  { apis, rejected, represented }: Outcome,
): DecisionInputs {
  const revisions: Record<string, number> = {
    client: client.revision,
    [`org.${owner.orgnr}`]: owner.revision,
    ...represented?.revisions,
  }
  for (const api of apis) revisions[`api.${api.audience}`] = api.revision
  const flagsUsed: string[] = []
  if (assertion.usedLegacyAudience) flagsUsed.push('legacyAssertionAudience')
  if (represented?.usedLegacyOid) flagsUsed.push('legacyOrganisationOid')
  return {
    grant: request.grantType,
    scopeRequested: request.scope ?? null,
    scopeRejected: rejected,
    resource: request.resources,
    ...(represented === undefined ? {} : { organisation: organisationInputs(represented) }),
    revisions,
    ...(assertion.kid === undefined ? {} : { assertionKid: assertion.kid }),
    flagsUsed,
  }
}

function organisationInputs({ parent, child, supplier }: Represented): DecisionInputs['organisation'] & object {
  return {
    parent: parent.orgnr,
    ...(child === undefined ? {} : { child }),
    ...(supplier === undefined ? {} : { supplier }),
  }
}
