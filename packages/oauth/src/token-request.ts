import { readClientAssertion, type PresentedAssertion } from './client-assertion.js'
import type { FormParameters } from './form.js'
import { OAuthError } from './oauth-error.js'
import { parseResources } from './resource.js'
import { parseScope } from './scope.js'

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token'

interface FromClient {
  readonly client: PresentedAssertion
  readonly resources: readonly string[]
}

/** RFC 6749, section 4.4.2. No `scope` asks for all that the client may have (helseid.md section 13, T4). */
export interface ClientCredentialsRequest extends FromClient {
  readonly grantType: 'client_credentials'
  readonly scope: readonly string[] | undefined
}

/** RFC 6749, section 4.1.3; RFC 7636, section 4.5. */
export interface AuthorizationCodeRequest extends FromClient {
  readonly grantType: 'authorization_code'
  readonly code: string
  readonly redirectUri: string
  readonly codeVerifier: string
}

/** RFC 6749, section 6. */
export interface RefreshTokenRequest extends FromClient {
  readonly grantType: 'refresh_token'
  readonly refreshToken: string
  readonly scope: readonly string[] | undefined
}

/** RFC 8693, section 2.1. */
export interface TokenExchangeRequest extends FromClient {
  readonly grantType: typeof TOKEN_EXCHANGE
  readonly subjectToken: string
  readonly audiences: readonly string[]
  readonly scope: readonly string[] | undefined
}

export type TokenRequest =
  ClientCredentialsRequest | AuthorizationCodeRequest | RefreshTokenRequest | TokenExchangeRequest

export type GrantType = TokenRequest['grantType']
export type RequestOf<G extends GrantType> = Extract<TokenRequest, { grantType: G }>

/** Total, so that a grant cannot be half added: the compiler asks for its parser. */
const parsers: { readonly [G in GrantType]: (form: FormParameters, common: FromClient) => RequestOf<G> } = {
  client_credentials: (form, { client, resources }) => ({
    grantType: 'client_credentials',
    client,
    resources,
    scope: scopeOf(form),
  }),
  authorization_code: (form, common) => ({
    grantType: 'authorization_code',
    ...common,
    code: required(form, 'code', MAX_SECRET),
    redirectUri: required(form, 'redirect_uri', 2_048),
    codeVerifier: codeVerifier(form),
  }),
  refresh_token: (form, common) => ({
    grantType: 'refresh_token',
    ...common,
    refreshToken: required(form, 'refresh_token', MAX_SECRET),
    scope: scopeOf(form),
  }),
  [TOKEN_EXCHANGE]: (form, common) => ({
    grantType: TOKEN_EXCHANGE,
    ...common,
    subjectToken: subjectToken(form),
    audiences: parseResources(form.all('audience')),
    scope: scopeOf(form),
  }),
}

/** Codes and refresh tokens are short and opaque; anything long is not ours. */
const MAX_SECRET = 512
const MAX_SUBJECT_TOKEN = 16_384
/** RFC 7636, section 4.1. */
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/

export function isGrantType(value: string): value is GrantType {
  return Object.hasOwn(parsers, value)
}

/**
 * The body of a token request as one of the grants. `authorization` is the Authorization header: another authentication
 * method (B13). Throws `unsupported_grant_type`, `invalid_request`, `invalid_client`, `invalid_scope` or `invalid_target`.
 */
export function parseTokenRequest(form: FormParameters, authorization?: string): TokenRequest {
  const grantType = form.get('grant_type')
  if (grantType === undefined) throw new OAuthError('invalid_request', 'grant_type is missing')
  if (!isGrantType(grantType)) {
    throw new OAuthError('unsupported_grant_type', `grant_type must be one of ${Object.keys(parsers).join(', ')}`)
  }
  const client = readClientAssertion(form, authorization)
  return parsers[grantType](form, { client, resources: parseResources(form.all('resource')) })
}

function scopeOf(form: FormParameters): readonly string[] | undefined {
  const text = form.get('scope')
  return text === undefined ? undefined : parseScope(text)
}

function required(form: FormParameters, name: string, max: number): string {
  const value = form.get(name)
  if (value === undefined) throw new OAuthError('invalid_request', `${name} is missing`)
  if (value.length > max) throw new OAuthError('invalid_grant', `${name} is longer than ${max} characters`)
  return value
}

/** PKCE is always on here, so a missing verifier is a wrong one (C04). */
function codeVerifier(form: FormParameters): string {
  const verifier = form.get('code_verifier')
  if (verifier === undefined || verifier.length > 128 || !VERIFIER.test(verifier)) {
    throw new OAuthError('invalid_grant', 'code_verifier must be 43 to 128 letters, digits, -, ., _ or ~')
  }
  return verifier
}

function subjectToken(form: FormParameters): string {
  if (form.get('subject_token_type') !== ACCESS_TOKEN_TYPE) {
    throw new OAuthError('invalid_request', `subject_token_type must be ${ACCESS_TOKEN_TYPE}`)
  }
  if (form.has('actor_token')) {
    throw new OAuthError('invalid_request', 'actor_token is not supported: the actor is the client that authenticates')
  }
  return required(form, 'subject_token', MAX_SUBJECT_TOKEN)
}
