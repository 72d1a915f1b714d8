import { ORGNR_CHILD, ORGNR_PARENT, ORGNR_SUPPLIER } from '@tillit/oauth'
import type { Represented } from './sign-request.js'

/** The claims of an access token, typed. Times are NumericDate seconds. */
export interface TokenClaims {
  readonly iss: string
  readonly iat: number
  readonly nbf: number | undefined
  readonly exp: number
  readonly audiences: readonly string[]
  readonly clientId: string
  readonly scope: readonly string[]
  readonly jti: string
  /** Undefined: a Bearer token. */
  readonly jkt: string | undefined
  readonly organisation: Represented
  readonly all: Readonly<Record<string, unknown>>
}

const MAX_LIST = 200
const MAX_TEXT = 512

/** Reads claims once; undefined where a required one is missing or anything has another shape than ours. */
export function readTokenClaims(claims: Readonly<Record<string, unknown>>): TokenClaims | undefined {
  const { iss, iat, nbf, exp, client_id: clientId, scope, jti } = claims
  const audiences = typeof claims['aud'] === 'string' ? [claims['aud']] : claims['aud']
  const jkt = readThumbprint(claims['cnf'])
  const organisation = readOrganisation(claims)
  if (!isText(iss) || !isText(clientId) || !isText(jti)) return undefined
  if (!isTime(iat) || !isTime(exp) || !(nbf === undefined || isTime(nbf))) return undefined
  if (!isTextList(audiences) || !isTextList(scope)) return undefined
  if (jkt === null || organisation === undefined) return undefined
  return { iss, iat, nbf, exp, audiences, clientId, scope, jti, jkt, organisation, all: claims }
}

/** RFC 9449, section 6.1: undefined without `cnf`, null for any other shape than one `jkt`. */
function readThumbprint(cnf: unknown): string | undefined | null {
  if (cnf === undefined) return undefined
  if (typeof cnf !== 'object' || cnf === null || Object.keys(cnf).length !== 1) return null
  const { jkt } = cnf as { jkt?: unknown }
  return isText(jkt) ? jkt : null
}

function readOrganisation(claims: Readonly<Record<string, unknown>>): Represented | undefined {
  const parent = claims[ORGNR_PARENT]
  const child = claims[ORGNR_CHILD]
  const supplier = claims[ORGNR_SUPPLIER]
  if (!isOptionalText(parent) || !isOptionalText(child) || !isOptionalText(supplier)) return undefined
  return {
    ...(parent !== undefined && { parent }),
    ...(child !== undefined && { child }),
    ...(supplier !== undefined && { supplier }),
  }
}

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= MAX_TEXT

const isOptionalText = (value: unknown): value is string | undefined => value === undefined || isText(value)

const isTime = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

const isTextList = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length > 0 && value.length <= MAX_LIST && value.every(isText)
