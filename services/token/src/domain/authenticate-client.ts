import {
  checkClientAssertion,
  DECOY_KEYS,
  OAuthError,
  rateLimited,
  type CheckedAssertion,
  type PresentedAssertion,
} from '@tillit/oauth'
import type { Client, Environment, Organisation } from './model.js'
import type { ClientDeps, Spend, Trail } from './ports.js'
import { secondsOf } from './time.js'

/** A client whose assertion verified, with the organisation that owns it; both active. */
export interface AuthenticatedClient {
  readonly client: Client
  readonly organisation: Organisation
  readonly assertion: CheckedAssertion
  /** To spend, so that the assertion works once. */
  readonly spend: Spend
}

/**
 * `private_key_jwt` (RFC 7523, section 3; helseid.md section 2). Throws 401 `invalid_client`, 429 when the client is over its
 * rate. Nothing is spent here: an unverified request never burns a `jti`.
 */
export async function authenticateClient(
  presented: PresentedAssertion,
  deps: ClientDeps,
  trail: Trail,
): Promise<AuthenticatedClient> {
  const client = await deps.registry.client(presented.clientId)
  if (client !== null) trail.knows(client)
  const assertion = checkClientAssertion({
    assertion: presented,
    // An unknown client costs the same verification as a known one's wrong signature (I08).
    keys: client?.keys ?? DECOY_KEYS,
    issuer: deps.issuer,
    tokenEndpoint: deps.tokenEndpoint,
    legacyAudience: client?.flags.legacyAssertionAudience ?? false,
    now: secondsOf(deps.now()),
  })
  if (client === null) throw refuse('The client is not registered at this issuer', 'unknown_client')
  // Only now, so that nobody can use up another client's rate.
  const wait = deps.rates.take(client.clientId, client.rateLimit)
  if (wait > 0) throw rateLimited(wait)
  const organisation = await activeOwner(client, deps)
  if (assertion.usedLegacyAudience) trail.warn('legacy_assertion_audience')
  return {
    client,
    organisation,
    assertion,
    spend: { clientId: client.clientId, jti: assertion.jti, exp: assertion.exp },
  }
}

async function activeOwner(client: Client, deps: ClientDeps): Promise<Organisation> {
  if (client.status !== 'active') throw refuse('The client is deactivated: contact the issuer', 'client_deactivated')
  const organisation = await deps.registry.organisation(client.organisation)
  if (organisation?.status !== 'active') {
    throw refuse('The organisation that owns the client is deactivated: contact the issuer', 'organisation_deactivated')
  }
  if (!belongsTo(organisation, deps.environment)) {
    throw refuse('The organisation that owns the client belongs to another environment', 'wrong_environment')
  }
  return organisation
}

/** helseid.md section 5.1: a test issuer accepts synthetic organisations only, a production issuer none. */
export function belongsTo(organisation: Organisation, environment: Environment): boolean {
  return organisation.synthetic === (environment !== 'production')
}

function refuse(text: string, cause: string): OAuthError {
  return new OAuthError('invalid_client', text, { cause })
}
