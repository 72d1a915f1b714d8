import { accessTokenClaims, OAuthError, parseTokenRequest, type FormParameters } from '@tillit/oauth'
import { authenticateClient, type AuthenticatedClient } from './authenticate-client.js'
import { checkSender, type DpopHeader } from './check-sender.js'
import { checkSigned } from './check-signed.js'
import type { Decision } from './decide.js'
import { decideGrant } from './grants.js'
import type { IssueDeps, ProofUse, SignOrder, Trail } from './ports.js'
import { refuseSpend } from './refuse-spend.js'
import { secondsOf } from './time.js'
import { checkReady } from './unready.js'

export interface TokenCall {
  readonly form: FormParameters
  /** The Authorization header: another authentication method (B13). */
  readonly authorization: string | undefined
  readonly dpop: DpopHeader
  readonly traceparent: string | undefined
}

/** RFC 6749, section 5.1, with HelseID's `rejected_scope`. */
export interface TokenAnswer {
  readonly access_token: string
  readonly token_type: 'DPoP' | 'Bearer'
  readonly expires_in: number
  readonly scope: string
  readonly rejected_scope?: string
}

/** A machine token, step by step; docs/token-issuance.md says why in this order. Throws OAuthError. */
export async function issueToken(call: TokenCall, deps: IssueDeps, trail: Trail): Promise<TokenAnswer> {
  checkReady(deps)
  const request = parseTokenRequest(call.form, call.authorization) // 1. What is asked?
  trail.asks(request.grantType)
  trail.enter('client_auth')
  const caller = await authenticateClient(request.client, deps, trail) // 2. Who asks?
  trail.enter('dpop')
  const proof = checkSender(call.dpop, caller.client, deps) // 3. With which key?
  trail.enter('policy')
  const decision = await decideGrant(request, caller, { ...deps, trail }) // 4. What may they have now?
  if (proof === undefined) checkBearer(decision)
  const payload = payloadOf(decision, caller, { proof, deps })
  trail.enter('sign')
  const order = orderOf({ call, caller, proof, decision }, payload)
  const outcome = await deps.signer.recordAndSign(order) // 5. Recorded first, then signed.
  if (!outcome.ok) throw refuseSpend(outcome, trail)
  trail.enter('verify')
  const token = checkSigned(outcome.access, { alg: decision.alg, payload, keys: deps.keys }, trail) // 6. As ordered?
  return answerOf(token, proof, decision)
}

function checkBearer(decision: Decision): void {
  if (decision.allowBearer) return
  throw new OAuthError('invalid_dpop_proof', 'Send a DPoP proof: an API of these scopes does not take Bearer tokens', {
    cause: 'proof_missing',
  })
}

/** The token's claims as the text that is signed, so that the signature can be held against it. */
function payloadOf(
  decision: Decision,
  { client }: AuthenticatedClient,
  { proof, deps }: { readonly proof: ProofUse | undefined; readonly deps: IssueDeps },
): string {
  return JSON.stringify(
    accessTokenClaims({
      issuer: deps.issuer,
      audiences: decision.audiences,
      clientId: client.clientId,
      scope: decision.scope,
      jti: deps.newJti(),
      now: secondsOf(deps.now()),
      lifetime: decision.lifetime,
      jkt: proof?.jkt,
      organisation: decision.organisation,
      clientClaims: decision.clientClaims,
    }),
  )
}

interface Ordered {
  readonly call: TokenCall
  readonly caller: AuthenticatedClient
  readonly proof: ProofUse | undefined
  readonly decision: Decision
}

function orderOf({ call, caller, proof, decision }: Ordered, payload: string): SignOrder {
  return {
    purpose: 'token.issued',
    assertion: caller.spend,
    ...(proof === undefined ? {} : { proof }),
    access: { typ: 'at+jwt', alg: decision.alg, payload },
    inputs: decision.inputs,
    ...(call.traceparent === undefined ? {} : { traceparent: call.traceparent }),
  }
}

function answerOf(token: string, proof: ProofUse | undefined, decision: Decision): TokenAnswer {
  const answer: TokenAnswer = {
    access_token: token,
    token_type: proof === undefined ? 'Bearer' : 'DPoP',
    expires_in: decision.lifetime,
    scope: decision.scope.join(' '),
  }
  if (decision.rejectedScope.length === 0) return answer
  return { ...answer, rejected_scope: decision.rejectedScope.join(' ') }
}
