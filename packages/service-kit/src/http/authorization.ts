import type { FastifyRequest } from 'fastify'
import { OAuthError } from '@tillit/oauth'

/** RFC 9449, section 7.1. */
const ALGS = 'ES256 PS256 RS256'
const MAX_TOKEN = 8_192
const DPOP = /^DPoP ([A-Za-z0-9._~+/-]+=*)$/i

export interface DpopCredentials {
  readonly token: string
  readonly proof: string
}

/** The one access token and the one proof of a request. Throws 401 for anything else (D06, D07). */
export function readCredentials(request: FastifyRequest): DpopCredentials {
  const authorization = singleHeader(request, 'authorization')
  const proof = singleHeader(request, 'dpop')
  if (authorization === undefined) throw challenge('invalid_token', 'Send an access token: Authorization: DPoP <token>')
  const token = authorization.length > MAX_TOKEN ? undefined : DPOP.exec(authorization)?.[1]
  if (token === undefined)
    throw challenge('invalid_token', 'Only DPoP tokens are taken here: Authorization: DPoP <token>')
  if (proof === undefined) throw challenge('invalid_dpop_proof', 'Send exactly one DPoP header with the proof')
  return { token, proof }
}

/** 401 with the challenge that RFC 9449, section 7.1 asks for. */
export function challenge(code: 'invalid_token' | 'invalid_dpop_proof', text: string, cause?: unknown): OAuthError {
  return new OAuthError(code, text, { status: 401, cause, headers: challengeHeader(code, text) })
}

/** RFC 6750, section 3.1: the token is good, the scope is not in it. */
export function insufficientScope(scope: string): OAuthError {
  const text = `The access token lacks the scope ${scope}`
  const headers = { 'WWW-Authenticate': `DPoP error="insufficient_scope", scope="${scope}", algs="${ALGS}"` }
  return new OAuthError('insufficient_scope', text, { headers })
}

function challengeHeader(code: string, text: string): Record<string, string> {
  const description = text.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, "'")
  return { 'WWW-Authenticate': `DPoP error="${code}", error_description="${description}", algs="${ALGS}"` }
}

/** From the raw headers: Node drops a second Authorization and joins two DPoP headers. Undefined unless there is exactly one. */
function singleHeader(request: FastifyRequest, name: string): string | undefined {
  const { rawHeaders } = request.raw
  let found: string | undefined
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() !== name) continue
    if (found !== undefined) throw challenge('invalid_token', `There must be exactly one ${name} header`)
    found = rawHeaders[at + 1]
  }
  return found
}
