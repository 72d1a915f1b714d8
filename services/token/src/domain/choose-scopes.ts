import { audienceOfScope, isIdentityScope, OAuthError } from '@tillit/oauth'
import type { Api, Client, Environment } from './model.js'
import type { Registry } from './ports.js'

export interface ScopeQuestion {
  readonly client: Client
  /** undefined: all that the client may have (T4). */
  readonly requested: readonly string[] | undefined
  readonly resources: readonly string[]
  readonly environment: Environment
}

export interface ScopeChoice {
  readonly scope: readonly string[]
  /** The APIs of these scopes, each once; at least one. */
  readonly apis: readonly Api[]
}

/** The record's schema takes no longer name. */
const MAX_SCOPE = 256

/**
 * Which scopes a machine gets, and at which APIs (RFC 6749, section 3.3; RFC 8707, section 2; helseid.md sections 4.3 and 6).
 * A scope asked for by name and not allowed is `invalid_scope`; without names, what is not usable is left out.
 */
export async function chooseScopes(question: ScopeQuestion, registry: Registry): Promise<ScopeChoice> {
  const { client, requested, resources } = question
  const named = requested !== undefined
  const apis = new Map<string, Api>()
  const scope: string[] = []
  for (const name of requested ?? client.scopes) {
    const problem = checkName(name, question)
    if (problem !== undefined) {
      if (named) throw problem
      continue
    }
    const audience = audienceOfScope(name)
    // A scope of the platform itself means nothing to an API; clients send it along with the rest (T5), so it is left out.
    if (audience === undefined || (resources.length > 0 && !resources.includes(audience))) continue
    const api = apis.get(audience) ?? (await registry.api(audience))
    if (api?.status === 'active' && api.scopes.includes(name)) {
      apis.set(audience, api)
      scope.push(name)
    } else if (named) {
      throw invalidScope(`${name} is not offered by an active API`, 'scope_not_offered')
    }
  }
  checkResources(question, apis)
  if (apis.size === 0) throw invalidScope('no scope of an API is left: ask for one that the client has', 'no_api_scope')
  return { scope, apis: [...apis.values()] }
}

function checkName(scope: string, { client, environment }: ScopeQuestion): OAuthError | undefined {
  if (!client.scopes.includes(scope)) {
    return invalidScope(`${scope} is not registered for this client`, 'scope_not_registered')
  }
  if (isIdentityScope(scope)) {
    return invalidScope(`${scope} is about a user: client_credentials has none`, 'identity_scope')
  }
  if (scope.length > MAX_SCOPE) return invalidScope(`a scope is longer than ${MAX_SCOPE} characters`, 'scope_too_long')
  if (environment === 'production' && scope.includes('*')) {
    return invalidScope(`${scope} is a wildcard, which production refuses`, 'wildcard_scope')
  }
  return undefined
}

/** Every resource must be an API that the client has a scope for, and one of them must have been asked for. */
function checkResources({ client, resources }: ScopeQuestion, apis: ReadonlyMap<string, Api>): void {
  if (resources.length === 0) return
  for (const resource of resources) {
    if (!apis.has(resource) && !client.scopes.some((scope) => audienceOfScope(scope) === resource)) {
      throw new OAuthError('invalid_target', `The client has no scope of the resource ${resource}`, {
        cause: 'resource_not_allowed',
      })
    }
  }
  if (apis.size === 0) {
    throw new OAuthError('invalid_target', 'None of the scopes asked for belongs to an active API in resource', {
      cause: 'resource_without_scope',
    })
  }
}

function invalidScope(text: string, cause: string): OAuthError {
  return new OAuthError('invalid_scope', `The scope is refused: ${text}`, { cause })
}
