/**
 * Every error code that Tillit sends, with the HTTP status it has unless the thrower says otherwise.
 * RFC 6749 section 5.2, 6750 section 3.1, 7591 section 3.2.2, 8628 section 3.5, 8707 section 2, 9101, 9126, 9396, 9449,
 * OpenID Connect Core section 3.1.2.6, RFC 9470 and draft-ietf-oauth-attestation-based-client-auth.
 */
const STATUS = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  unsupported_response_type: 400,
  unsupported_token_type: 400,
  invalid_scope: 400,
  invalid_target: 400,
  invalid_authorization_details: 400,
  invalid_request_uri: 400,
  invalid_request_object: 400,
  invalid_dpop_proof: 400,
  use_dpop_nonce: 400,
  invalid_token: 401,
  insufficient_scope: 403,
  insufficient_user_authentication: 401,
  unmet_authentication_requirements: 400,
  login_required: 400,
  interaction_required: 400,
  account_selection_required: 400,
  access_denied: 400,
  invalid_redirect_uri: 400,
  invalid_client_metadata: 400,
  invalid_client_attestation: 400,
  use_attestation_challenge: 400,
  use_fresh_attestation: 400,
  authorization_pending: 400,
  expired_token: 400,
  slow_down: 400,
  server_error: 500,
  temporarily_unavailable: 503,
} as const

export type OAuthErrorCode = keyof typeof STATUS

export interface OAuthErrorOptions {
  /** What really happened: goes to the log, never to the caller. */
  readonly cause?: unknown
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
}

/** The only error that rules throw. `publicText` is safe to send: it keeps to RFC 6749's characters for descriptions. */
export class OAuthError extends Error {
  override readonly name = 'OAuthError'
  readonly code: OAuthErrorCode
  readonly status: number
  readonly publicText: string
  readonly headers: Readonly<Record<string, string>> | undefined

  constructor(code: OAuthErrorCode, publicText: string, options: OAuthErrorOptions = {}) {
    const text = describe(publicText)
    super(`${code}: ${text}`, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.status = options.status ?? STATUS[code]
    this.publicText = text
    this.headers = options.headers
  }
}

/** RFC 6749, section 5.2: the JSON body of an error answer. */
export function oauthErrorBody(error: OAuthError): { error: OAuthErrorCode; error_description: string } {
  return { error: error.code, error_description: error.publicText }
}

/** 503 with Retry-After: nothing was issued or spent, the same request may be sent again. */
export function temporarilyUnavailable(text: string, retryAfterSeconds: number, cause?: unknown): OAuthError {
  return new OAuthError('temporarily_unavailable', text, { cause, headers: { 'Retry-After': `${retryAfterSeconds}` } })
}

/**
 * 429 with Retry-After, for a caller over its rate. OAuth registers no code for it; `slow_down` (RFC 8628) is the nearest
 * registered one, and says what to do.
 */
export function rateLimited(retryAfterSeconds: number): OAuthError {
  return new OAuthError(
    'slow_down',
    `Too many requests: wait ${retryAfterSeconds} s, and reuse a token while it is valid`,
    {
      status: 429,
      headers: { 'Retry-After': `${retryAfterSeconds}` },
    },
  )
}

const MAX_DESCRIPTION = 400
const OUTSIDE_DESCRIPTION = /[^\x20\x21\x23-\x5b\x5d-\x7e]/g

/** RFC 6749, section 5.2: no quote, backslash, control or non-ASCII character; a caller's own text cannot smuggle one in. */
function describe(text: string): string {
  const short = text.length > MAX_DESCRIPTION ? `${text.slice(0, MAX_DESCRIPTION)}...` : text
  return short.replace(OUTSIDE_DESCRIPTION, (c) => (c === '"' ? "'" : '?'))
}
