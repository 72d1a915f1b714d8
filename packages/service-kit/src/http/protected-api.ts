import fastifyJwt from '@fastify/jwt'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { KeysEntry } from '@tillit/events'
import { checkDpopProof, DPOP_IAT_WINDOW, OAuthError, proofId } from '@tillit/oauth'
import { challenge, insufficientScope, readCredentials, type DpopCredentials } from './authorization.js'
import { API_ALGS, IssuerKeys } from './issuer-keys.js'
import { boundKey, callerOf, type TokenClaims } from './token-claims.js'

export interface ProtectedApiOptions {
  readonly issuer: string
  /** The one audience of this API's tokens. */
  readonly audience: string
  /** Public keys from the read model; undefined: not known yet, answered 503. */
  readonly keys: () => KeysEntry | undefined
  /** Single use of a proof: false when the id was seen before. The id is a hash and may be forgotten after `expiresAt`. */
  readonly spendProof: (id: string, expiresAt: Date) => Promise<boolean>
  /** The token was revoked before its time; default: none is. */
  readonly isRevoked?: (jti: string) => boolean | Promise<boolean>
  /** Epoch milliseconds. */
  readonly now: () => number
}

const MAX_TOKEN_AGE = '1h'
const CLOCK_TOLERANCE_MS = 10_000

/**
 * Guards every route whose access says `caller: { scope }`: an access token of this issuer for this audience, bound to the
 * key of a fresh proof (RFC 9449, section 7; RFC 9068, section 4). Call it before the routes are added.
 */
export async function protectedApi(http: FastifyInstance, options: ProtectedApiOptions): Promise<void> {
  const keys = new IssuerKeys(options.keys)
  await http.register(fastifyJwt, {
    decode: { complete: true },
    secret: (_request: FastifyRequest, token: unknown) => {
      const { header } = token as { header?: { kid?: unknown; alg?: unknown } }
      return Promise.resolve().then(() => keys.pem(header?.kid, header?.alg, options.now() / 1_000))
    },
    verify: {
      algorithms: [...API_ALGS],
      allowedIss: options.issuer,
      allowedAud: options.audience,
      checkTyp: 'at+jwt',
      requiredClaims: ['iss', 'aud', 'exp', 'iat', 'jti', 'client_id'],
      maxAge: MAX_TOKEN_AGE,
      clockTolerance: CLOCK_TOLERANCE_MS,
      cache: false,
      extractToken: (request) => readCredentials(request).token,
    },
  })
  http.decorate('protectedApi', true)
  http.addHook('onRoute', (route) => {
    const caller = route.config?.access?.caller
    if (typeof caller !== 'object') return
    const guard = (request: FastifyRequest): Promise<void> => admit(request, caller.scope, options)
    route.onRequest = [guard, ...[route.onRequest ?? []].flat()]
  })
}

async function admit(request: FastifyRequest, scope: string, options: ProtectedApiOptions): Promise<void> {
  const credentials = readCredentials(request)
  const claims = await verifyToken(request, options.now)
  const caller = callerOf(claims)
  if (await options.isRevoked?.(caller.jti)) throw challenge('invalid_token', 'The access token is revoked')
  await spendProof(request, { credentials, claims, options })
  if (!caller.scopes.includes(scope)) throw insufficientScope(scope)
  request.caller = caller
}

async function verifyToken(request: FastifyRequest, now: () => number): Promise<TokenClaims> {
  try {
    return await request.jwtVerify<TokenClaims>({ clockTimestamp: now() })
  } catch (cause) {
    if (cause instanceof OAuthError) throw cause
    const expired = (cause as { code?: unknown }).code === 'FST_JWT_AUTHORIZATION_TOKEN_EXPIRED'
    const text = expired ? 'The access token has expired' : 'The access token is not valid for this API'
    throw challenge('invalid_token', text, cause)
  }
}

interface ProofContext {
  readonly credentials: DpopCredentials
  readonly claims: TokenClaims
  readonly options: ProtectedApiOptions
}

/** The proof comes last and is used up only by a request whose token is good (D01, D08). */
async function spendProof(request: FastifyRequest, { credentials, claims, options }: ProofContext): Promise<void> {
  const jkt = boundKey(claims)
  const proof = checkAtApi(request, credentials, options)
  if (proof.jkt !== jkt) throw challenge('invalid_token', 'The access token is bound to another DPoP key')
  const expiresAt = new Date((proof.iat + 2 * DPOP_IAT_WINDOW) * 1_000)
  if (!(await options.spendProof(proofId(proof.jkt, proof.jti), expiresAt)))
    throw challenge('invalid_dpop_proof', 'The DPoP proof was used before: make one for each request')
}

function checkAtApi(request: FastifyRequest, { proof, token }: DpopCredentials, { issuer, now }: ProtectedApiOptions) {
  const url = `${issuer}${request.url.split('?', 1)[0] ?? ''}`
  const nowSeconds = Math.floor(now() / 1_000)
  try {
    return checkDpopProof({ proof, method: request.method, url, now: nowSeconds, accessToken: token })
  } catch (error) {
    if (error instanceof OAuthError) throw challenge('invalid_dpop_proof', error.publicText, error)
    throw error
  }
}
