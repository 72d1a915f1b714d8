import { constants, sign, verify, type KeyObject, type SignKeyObjectInput } from 'node:crypto'
import { decodeBase64url, decodeBase64urlText, encodeBase64url } from './base64url.js'
import { parseJsonObject, type JsonObject } from './json.js'
import type { PublicKey } from './jwk.js'
import { ALG_RULES, isJwsAlg, type AlgRule, type JwsAlg } from './jws-alg.js'
import { OAuthError, type OAuthErrorCode } from './oauth-error.js'

/** Which JWT is read, so that a refusal has the right code and says what to mend. */
export interface JwsContext {
  /** What the text calls it, for example `client_assertion`. */
  readonly what: string
  readonly code: OAuthErrorCode
  readonly maxBytes: number
}

export interface JwsHeader {
  readonly alg: JwsAlg
  readonly kid: string | undefined
  readonly typ: string | undefined
  /** Every member as sent. `jku`, `x5u` and `x5c` are never used. */
  readonly members: JsonObject
}

export interface ParsedJws {
  readonly header: JwsHeader
  readonly encodedHeader: string
  readonly encodedPayload: string
  readonly signingInput: string
  readonly signature: Buffer
}

const MAX_KID = 256
const MAX_TYP = 100

/**
 * Reads a compact JWS without verifying it (RFC 7515, section 7.1). Refuses JWE, `none`, symmetric algorithms, `crit`,
 * `b64`, `zip`, and base64url that is not canonical. `known` is a header already read from the same encoded text.
 */
export function parseCompactJws(compact: string, context: JwsContext, known?: JwsHeader): ParsedJws {
  if (compact.length > context.maxBytes) throw refuse(context, `is larger than ${context.maxBytes} bytes`)
  const first = compact.indexOf('.')
  const second = compact.indexOf('.', first + 1)
  if (first < 1 || second === -1 || compact.indexOf('.', second + 1) !== -1) {
    throw refuse(context, 'is not a compact JWS of three parts')
  }
  const encodedHeader = compact.slice(0, first)
  const header = known ?? readHeader(encodedHeader, context)
  const signature = decodeBase64url(compact.slice(second + 1))
  if (signature === undefined || signature.length === 0) throw refuse(context, 'has a signature that is not base64url')
  return {
    header,
    encodedHeader,
    encodedPayload: compact.slice(first + 1, second),
    signingInput: compact.slice(0, second),
    signature,
  }
}

/** The claims of a JWT (RFC 7519, section 7.2). Reading them before the signature is checked is the caller's decision. */
export function readClaims(jws: ParsedJws, context: JwsContext): JsonObject {
  const text = decodeBase64urlText(jws.encodedPayload)
  const claims = text === undefined ? undefined : parseJsonObject(text)
  if (claims === undefined)
    throw refuse(context, 'has a payload that is not one JSON object with distinct, plain names')
  return claims
}

/** Whether the signature is by this key with an algorithm that both the key and the caller allow (RFC 8725, section 3.1). */
export function verifyJws(jws: ParsedJws, key: Pick<PublicKey, 'key' | 'algs'>, allowed: readonly JwsAlg[]): boolean {
  const { alg } = jws.header
  if (!key.algs.includes(alg) || !allowed.includes(alg)) return false
  const rule = ALG_RULES[alg]
  if (rule.signatureBytes !== undefined && jws.signature.length !== rule.signatureBytes) return false
  return verify(rule.digest, Buffer.from(jws.signingInput, 'latin1'), cryptoKey(rule, key.key), jws.signature)
}

export interface SignInput {
  /** From {@link encodeJwsHeader}, once per key and `typ`. */
  readonly encodedHeader: string
  readonly payload: string
  readonly key: KeyObject
  readonly alg: JwsAlg
}

export function encodeJwsHeader(header: { alg: JwsAlg; kid?: string; typ?: string; jwk?: JsonObject }): string {
  return encodeBase64url(JSON.stringify(header))
}

/** RFC 7515, section 5.1. Randomness of ECDSA and PSS is the key's backend's own. */
export function signJws(input: SignInput): string {
  const rule = ALG_RULES[input.alg]
  const signingInput = `${input.encodedHeader}.${encodeBase64url(input.payload)}`
  const signature = sign(rule.digest, Buffer.from(signingInput, 'latin1'), cryptoKey(rule, input.key))
  return `${signingInput}.${signature.toString('base64url')}`
}

function readHeader(encoded: string, context: JwsContext): JwsHeader {
  const text = decodeBase64urlText(encoded)
  const members = text === undefined ? undefined : parseJsonObject(text)
  if (members === undefined) throw refuse(context, 'has a header that is not one JSON object in base64url')
  if (members['crit'] !== undefined || members['b64'] !== undefined || members['zip'] !== undefined) {
    throw refuse(context, 'uses crit, b64 or zip, which are not supported')
  }
  const { alg, kid, typ } = members
  if (!isJwsAlg(alg)) throw refuse(context, 'must be signed with RS, PS or ES 256, 384 or 512, or EdDSA')
  if (!isShortText(kid, MAX_KID))
    throw refuse(context, `has a kid that is not a string of at most ${MAX_KID} characters`)
  if (!isShortText(typ, MAX_TYP)) throw refuse(context, 'has a typ that is not a short string')
  return { alg, kid, typ, members }
}

function isShortText(value: unknown, max: number): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value.length <= max)
}

function cryptoKey(rule: AlgRule, key: KeyObject): KeyObject | SignKeyObjectInput {
  switch (rule.form) {
    case 'p1363':
      return { key, dsaEncoding: 'ieee-p1363' }
    case 'pss':
      return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    case 'pkcs1':
    case 'eddsa':
      return key
  }
}

function refuse(context: JwsContext, problem: string): OAuthError {
  return new OAuthError(context.code, `The ${context.what} ${problem}`)
}
