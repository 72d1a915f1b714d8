import { ORGNR_CHILD, ORGNR_PARENT, ORGNR_SUPPLIER } from '@tillit/oauth'
import type { Caller } from './access.js'
import { challenge } from './authorization.js'

export type TokenClaims = Readonly<Record<string, unknown>>

/** RFC 7800: the thumbprint of the key that the token is bound to. Throws 401 for an unbound token. */
export function boundKey(claims: TokenClaims): string {
  const jkt = (claims['cnf'] as { jkt?: unknown } | null | undefined)?.jkt
  if (typeof jkt !== 'string') throw challenge('invalid_token', 'The access token must be bound to a DPoP key')
  return jkt
}

/** RFC 9068 lets `scope` be a text; HelseID writes a list. Throws 401 where a claim that every token has is missing. */
export function callerOf(claims: TokenClaims): Caller {
  const { client_id: clientId, jti, scope } = claims
  if (typeof clientId !== 'string' || typeof jti !== 'string')
    throw challenge('invalid_token', 'The access token lacks client_id or jti')
  const scopes = typeof scope === 'string' ? scope.split(' ') : Array.isArray(scope) ? scope.filter(isText) : []
  return {
    clientId,
    jti,
    scopes,
    ...optional('orgnrParent', claims[ORGNR_PARENT]),
    ...optional('orgnrChild', claims[ORGNR_CHILD]),
    ...optional('orgnrSupplier', claims[ORGNR_SUPPLIER]),
  }
}

const isText = (value: unknown): value is string => typeof value === 'string'
const optional = (name: string, value: unknown): Record<string, string> => (isText(value) ? { [name]: value } : {})
