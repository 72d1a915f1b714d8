import { gatherFacts } from './domain/facts.js'
import { checkPolicy } from './domain/policy.js'
import type { SignRequest } from './domain/sign-request.js'
import { readTokenClaims } from './domain/token-claims.js'
import { registryEntries, registryOf, START, tokenRequest, World, type Entries } from './world.fixture.js'

type Request = ReturnType<typeof tokenRequest>
export const NOW = START / 1000

export interface Change {
  readonly request?: SignRequest
  readonly claims?: Record<string, unknown>
  readonly entries?: (entries: Entries) => void
  readonly environment?: string
  readonly requester?: string
}

/** The rule that says no to a request which is in order but for the change. */
export async function ruleOf({
  request = tokenRequest(),
  claims,
  entries,
  environment = 'test',
  requester = 'token',
}: Change): Promise<string | undefined> {
  const world = registryEntries()
  entries?.(world)
  const access = request.access && { ...request.access, claims: { ...request.access.claims, ...claims } }
  const asked = access ? { ...request, access } : request
  const read = access && readTokenClaims(access.claims)
  const facts = await gatherFacts(asked, read, registryOf(world))
  const settings = { ...new World().deps.settings, environment }
  return checkPolicy({ requester, request: asked, claims: read, facts, settings, now: NOW })
}

export const without = (request: Request, name: 'assertion' | 'proof' | 'access'): SignRequest => {
  const { [name]: _gone, ...rest } = request
  return rest
}

export const multiTenant = (organisation: { parent?: string; child?: string; supplier?: string }): Request =>
  tokenRequest({ token: { clientId: 'saas', organisation } })
