import { readClientAssertion, type FormParameters } from '@tillit/oauth'
import { authenticateClient, type AuthenticatedClient } from './authenticate-client.js'
import type { ClientDeps, SignOrder, Trail } from './ports.js'
import { refuseSpend } from './refuse-spend.js'
import { checkReady } from './unready.js'

/** A form from a client that authenticates but is issued nothing. */
export interface ClientCall {
  readonly form: FormParameters
  readonly authorization: string | undefined
  readonly traceparent: string | undefined
}

/**
 * Authenticates the caller and spends its assertion in the namespace of all endpoints, so that none of them takes it twice
 * (B03; security.md section 1).
 */
export async function spendAssertion(
  call: ClientCall & { readonly purpose: SignOrder['purpose'] },
  deps: ClientDeps,
  trail: Trail,
): Promise<AuthenticatedClient> {
  checkReady(deps)
  const presented = readClientAssertion(call.form, call.authorization)
  trail.enter('client_auth')
  const caller = await authenticateClient(presented, deps, trail)
  trail.enter('sign')
  const outcome = await deps.signer.recordAndSign({
    purpose: call.purpose,
    assertion: caller.spend,
    ...(call.traceparent === undefined ? {} : { traceparent: call.traceparent }),
  })
  if (!outcome.ok) throw refuseSpend(outcome, trail)
  trail.enter('policy')
  return caller
}
