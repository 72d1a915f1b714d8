import { hash } from 'node:crypto'
import { encodeBase64url } from '@tillit/oauth'
import type { RecordDraft, Signer } from './ports.js'
import type { Represented, SignRequest, TokenToSign } from './sign-request.js'
import type { TokenClaims } from './token-claims.js'

/** A token that is complete but for its signature. */
export interface PreparedToken {
  readonly claims: TokenClaims
  readonly signer: Signer
  /** RFC 7515, section 5.1: what the signature is made over. */
  readonly signingInput: string
}

/** The token as it will be signed with the active key; undefined where there is no key for its algorithm. */
export function prepareToken(
  access: TokenToSign,
  claims: TokenClaims,
  keys: { active(alg: string): Signer | undefined },
): PreparedToken | undefined {
  const signer = keys.active(access.alg)
  if (signer === undefined) return undefined
  const signingInput = `${signer.header(access.typ)}.${encodeBase64url(JSON.stringify(access.claims))}`
  return { claims, signer, signingInput }
}

export interface Spends {
  readonly requester: string
  readonly spend: { readonly hash: string; readonly exp: number }
  readonly proofHash: string | undefined
  readonly represented: Represented
}

/** The intent: what will be signed, recorded before it is, so that every token can be explained (security.md, section 1). */
export function draftIntent(request: SignRequest, token: PreparedToken, spends: Spends): RecordDraft {
  const { claims, signer } = token
  const { parent, child, supplier } = spends.represented
  const data = {
    requester: spends.requester,
    clientId: claims.clientId,
    jti: claims.jti,
    aud: claims.audiences.length === 1 ? claims.audiences[0] : claims.audiences,
    scope: claims.scope,
    iat: claims.iat,
    exp: claims.exp,
    alg: signer.alg,
    kid: signer.kid,
    jkt: claims.jkt,
    orgnrParent: parent,
    orgnrChild: child,
    orgnrSupplier: supplier,
    tokenHash: hash('sha256', token.signingInput, 'base64url'),
    spend: spends.spend,
    proofHash: spends.proofHash,
    inputs: request.inputs,
  }
  return { kind: 'tokenIntent', data, id: request.id, traceparent: request.traceparent }
}

/** An assertion that was used where nothing is issued: revocation, introspection. */
export function draftSpent(request: SignRequest, clientId: string, spends: Spends): RecordDraft {
  const data = { requester: spends.requester, clientId, purpose: request.purpose, spend: spends.spend }
  return { kind: 'assertionSpent', data, id: request.id, traceparent: request.traceparent }
}
