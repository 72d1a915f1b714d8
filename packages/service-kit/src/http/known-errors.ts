import { OAuthError, temporarilyUnavailable } from '@tillit/oauth'
import { isDatabaseUnavailable } from '../database.js'
import { NatsTimeout, NatsUnavailable, PublishRefused, PublishUnknown } from '../nats/errors.js'

const RETRY_AFTER_SECONDS = 2
const UNAVAILABLE = [NatsUnavailable, NatsTimeout, PublishUnknown, PublishRefused] as const

interface HttpErrorLike extends Error {
  readonly code?: unknown
  readonly statusCode?: unknown
  readonly validation?: readonly { readonly instancePath?: string; readonly message?: string }[]
  readonly validationContext?: string
}

/**
 * The one mapping: any thrown value to the answer that the caller gets. Undefined: a fault of ours, which says nothing but a
 * reference.
 */
export function asOAuthError(thrown: unknown): OAuthError | undefined {
  if (thrown instanceof OAuthError) return thrown
  if (UNAVAILABLE.some((type) => thrown instanceof type) || isDatabaseUnavailable(thrown))
    return unavailable(
      'A part that this needs is not available just now: try again with a fresh client assertion',
      thrown,
    )
  return thrown instanceof Error ? fromFastify(thrown) : undefined
}

export const unavailable = (text: string, cause?: unknown): OAuthError =>
  temporarilyUnavailable(text, RETRY_AFTER_SECONDS, cause)

/** Fastify's own refusals, by code; their texts are replaced so that nothing internal leaks. */
function fromFastify(error: HttpErrorLike): OAuthError | undefined {
  const refuse = (status: number, text: string): OAuthError =>
    new OAuthError('invalid_request', text, { status, cause: error })
  if (error.validation) return refuse(400, describeValidation(error))
  switch (error.code) {
    case 'FST_UNDER_PRESSURE':
      return unavailable('Too many requests at once: try again a little later', error)
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return refuse(413, 'The body is too large')
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return refuse(415, 'This content type is not taken here')
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return refuse(400, 'Content-Length does not match the body')
    case 'FST_ERR_BAD_URL':
      return refuse(400, 'The path cannot be decoded')
    default:
      return isFastifyRefusal(error) ? refuse(Number(error.statusCode), 'The request is malformed') : undefined
  }
}

function isFastifyRefusal({ code, statusCode }: HttpErrorLike): boolean {
  const status = typeof statusCode === 'number' ? statusCode : 500
  return typeof code === 'string' && code.startsWith('FST_') && status >= 400 && status < 500
}

/** Says which member is wrong and why, never what it held. */
function describeValidation({ validation, validationContext }: HttpErrorLike): string {
  const [first] = validation ?? []
  const path = (first?.instancePath ?? '').split('/').filter(Boolean).join('.')
  const where = [validationContext ?? 'request', path].filter(Boolean).join('.')
  return `${where}: ${first?.message ?? 'is not valid'}`
}
