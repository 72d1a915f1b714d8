import { createPublicKey, hash, type KeyObject } from 'node:crypto'
import { decodeBase64url } from './base64url.js'
import { isEd25519Point } from './ed25519-point.js'
import { isJsonObject, type JsonObject } from './json.js'
import type { JwsAlg } from './jws-alg.js'
import { OAuthError, type OAuthErrorCode } from './oauth-error.js'

/** A verified public key with everything that later checks need, so that nothing is imported twice. */
export interface PublicKey {
  readonly key: KeyObject
  readonly kty: 'RSA' | 'EC' | 'OKP'
  readonly crv?: string | undefined
  readonly kid?: string | undefined
  /** What this key may verify: by its type, narrowed by the JWK's own `alg`. */
  readonly algs: readonly JwsAlg[]
  /** RSA below 3072 bits: accepted, but worth a warning. */
  readonly weak: boolean
  /** RFC 7638, SHA-256, base64url. */
  readonly thumbprint: string
}

const RSA_ALGS: readonly JwsAlg[] = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']
const EC_CURVES: ReadonlyMap<unknown, { readonly bytes: number; readonly algs: readonly JwsAlg[] }> = new Map([
  ['P-256', { bytes: 32, algs: ['ES256'] }],
  ['P-384', { bytes: 48, algs: ['ES384'] }],
  ['P-521', { bytes: 66, algs: ['ES512'] }],
])
const ED_ALGS: readonly JwsAlg[] = ['EdDSA', 'Ed25519']
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']
const MIN_RSA_BITS = 2048
const STRONG_RSA_BITS = 3072
/** Verifying grows with the modulus; nobody signs assertions with more. */
const MAX_RSA_BITS = 8192
const MAX_KID = 256

/**
 * Imports a public JWK under Tillit's key policy (helseid.md section 2): RSA of 2048 to 8192 bits with an odd exponent from
 * 65537 to 2^32, EC P-256, P-384 and P-521 on the curve, Ed25519. A private or symmetric member is refused, and so is a key
 * meant for something else (`use`, `key_ops`, `alg`). Throws `code`, by default `invalid_client_metadata`.
 */
export function importPublicJwk(jwk: unknown, code: OAuthErrorCode = 'invalid_client_metadata'): PublicKey {
  if (!isJsonObject(jwk)) throw new OAuthError(code, 'The JWK is not a JSON object')
  const problem = secretProblem(jwk) ?? purposeProblem(jwk)
  if (problem !== undefined) throw new OAuthError(code, `The JWK ${problem}`)
  const material = readMaterial(jwk)
  if (typeof material === 'string') throw new OAuthError(code, `The JWK ${material}`)
  const algs = narrowed(material.algs, jwk['alg'])
  if (algs === undefined) throw new OAuthError(code, 'The JWK has an alg that this kind of key cannot sign with')
  return {
    key: createKey(material.required, code),
    kty: material.required.kty,
    crv: material.required.kty === 'RSA' ? undefined : material.required.crv,
    kid: typeof jwk['kid'] === 'string' ? jwk['kid'] : undefined,
    algs,
    weak: material.weak,
    thumbprint: thumbprintOf(material.required),
  }
}

/** RFC 7638, section 3: the SHA-256 thumbprint of a public JWK's required members. Throws `invalid_client_metadata`. */
export function jwkThumbprint(jwk: unknown): string {
  const material = isJsonObject(jwk) ? readMaterial(jwk) : 'is not a JSON object'
  if (typeof material === 'string') throw new OAuthError('invalid_client_metadata', `The JWK ${material}`)
  return thumbprintOf(material.required)
}

type RequiredMembers =
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string }
  | { readonly kty: 'EC'; readonly crv: string; readonly x: string; readonly y: string }
  | { readonly kty: 'OKP'; readonly crv: string; readonly x: string }

interface Material {
  readonly required: RequiredMembers
  readonly algs: readonly JwsAlg[]
  readonly weak: boolean
}

function readMaterial(jwk: JsonObject): Material | string {
  switch (jwk['kty']) {
    case 'RSA':
      return readRsa(jwk['n'], jwk['e'])
    case 'EC':
      return readEc(jwk['crv'], jwk['x'], jwk['y'])
    case 'OKP':
      return readOkp(jwk['crv'], jwk['x'])
    default:
      return 'must have kty RSA, EC or OKP'
  }
}

/** RFC 7518, section 6.3.1: both are Base64urlUInt, without a leading zero byte. */
function readRsa(n: unknown, e: unknown): Material | string {
  if (typeof n !== 'string' || typeof e !== 'string' || n.length > MAX_RSA_BITS) return 'must have n and e'
  const modulus = decodeBase64url(n)
  const exponent = decodeBase64url(e)
  if (!modulus?.[0] || !exponent?.[0]) return 'has an n or e that is not base64url without leading zeros'
  const bits = modulus.length * 8 - Math.clz32(modulus[0]) + 24
  if (bits < MIN_RSA_BITS) return `is an RSA key of ${bits} bits: use at least ${STRONG_RSA_BITS}`
  if (bits > MAX_RSA_BITS) return `is an RSA key of more than ${MAX_RSA_BITS} bits`
  if (!isOdd(modulus)) return 'has an even RSA modulus'
  const small = exponent.length > 4 ? 0 : exponent.readUIntBE(0, exponent.length)
  if (small < 65_537 || small % 2 === 0) return 'has an RSA exponent that is even or outside 65537 to 2^32: use 65537'
  return { required: { kty: 'RSA', n, e }, algs: RSA_ALGS, weak: bits < STRONG_RSA_BITS }
}

/** RFC 7518, section 6.2.1: coordinates have the full length of the field. OpenSSL refuses a point off the curve. */
function readEc(crv: unknown, x: unknown, y: unknown): Material | string {
  const curve = EC_CURVES.get(crv)
  if (curve === undefined || typeof crv !== 'string') return 'must be on P-256, P-384 or P-521'
  if (!isBytes(x, curve.bytes) || !isBytes(y, curve.bytes))
    return `must have x and y of ${curve.bytes} bytes in base64url`
  return { required: { kty: 'EC', crv, x, y }, algs: curve.algs, weak: false }
}

/** RFC 8037, section 2. OpenSSL takes any 32 bytes, so the point is checked here. */
function readOkp(crv: unknown, x: unknown): Material | string {
  if (crv !== 'Ed25519') return 'must have crv Ed25519'
  if (!isBytes(x, 32)) return 'must have an x of 32 bytes in base64url'
  return { required: { kty: 'OKP', crv, x }, algs: ED_ALGS, weak: false }
}

function isBytes(value: unknown, bytes: number): value is string {
  return typeof value === 'string' && value.length < 100 && decodeBase64url(value)?.length === bytes
}

function isOdd(bytes: Buffer): boolean {
  return ((bytes.at(-1) ?? 0) & 1) === 1
}

function secretProblem(jwk: JsonObject): string | undefined {
  if (jwk['kty'] === 'oct') return 'is a shared secret: register the public half of a key pair'
  const member = SECRET_MEMBERS.find((name) => Object.hasOwn(jwk, name))
  return member === undefined ? undefined : `has the private member ${member}: send public members only`
}

/** RFC 7517, sections 4.2, 4.3 and 4.5. */
function purposeProblem(jwk: JsonObject): string | undefined {
  const { use, key_ops: operations, kid } = jwk
  if (use !== undefined && use !== 'sig') return 'must have use sig, or none'
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) {
    return 'must have key_ops with verify, or none'
  }
  if (kid !== undefined && (typeof kid !== 'string' || kid.length === 0 || kid.length > MAX_KID)) {
    return `must have a kid of at most ${MAX_KID} characters, or none`
  }
  return undefined
}

function narrowed(algs: readonly JwsAlg[], alg: unknown): readonly JwsAlg[] | undefined {
  if (alg === undefined) return algs
  if (algs === ED_ALGS && (alg === 'EdDSA' || alg === 'Ed25519')) return algs
  const own = algs.find((known) => known === alg)
  return own === undefined ? undefined : [own]
}

function createKey(required: RequiredMembers, code: OAuthErrorCode): KeyObject {
  if (required.kty === 'OKP' && !isEd25519Point(required.x)) {
    throw new OAuthError(code, 'The JWK is not a usable point on Ed25519')
  }
  try {
    return createPublicKey({ key: { ...required }, format: 'jwk' })
  } catch (cause) {
    throw new OAuthError(code, 'The JWK is not a valid public key: is the point on the curve?', { cause })
  }
}

/** Members in lexicographic order; all values are base64url or known names, so none needs escaping. */
function thumbprintOf(jwk: RequiredMembers): string {
  return hash('sha256', canonicalJson(jwk), 'base64url')
}

function canonicalJson(jwk: RequiredMembers): string {
  switch (jwk.kty) {
    case 'RSA':
      return `{"e":"${jwk.e}","kty":"RSA","n":"${jwk.n}"}`
    case 'EC':
      return `{"crv":"${jwk.crv}","kty":"EC","x":"${jwk.x}","y":"${jwk.y}"}`
    case 'OKP':
      return `{"crv":"${jwk.crv}","kty":"OKP","x":"${jwk.x}"}`
  }
}
