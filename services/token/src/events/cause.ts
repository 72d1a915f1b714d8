import { OAuthError } from '@tillit/oauth'
import type { Stage } from '../domain/ports.js'

const HID = /^HID-\d{4}/

/**
 * Why a request was refused, from a fixed vocabulary: the HID code, the cause that a rule names, what is down, or the stage.
 * Text that a request brought is never part of it.
 */
export function causeOf(error: unknown, stage: Stage): string {
  if (!(error instanceof OAuthError)) return faultOf(error)
  const [code] = HID.exec(error.publicText) ?? []
  if (code !== undefined) return code
  if (typeof error.cause === 'string') return error.cause
  return error.cause instanceof Error && error.status >= 500 ? error.cause.name : stage
}

/** The OAuth code that stands for any error, as the one mapping in service-kit will answer it. */
export function codeOf(error: unknown): string {
  if (error instanceof OAuthError) return error.code
  const status = frameworkError(error)?.statusCode ?? 500
  if (status === 503) return 'temporarily_unavailable'
  return status < 500 ? 'invalid_request' : 'server_error'
}

function faultOf(error: unknown): string {
  return frameworkError(error)?.code ?? (error instanceof Error ? error.name : 'unexpected')
}

/** Fastify's own errors have a code and a status. */
function frameworkError(error: unknown): { readonly code: string; readonly statusCode: number } | undefined {
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown }
  return typeof code === 'string' && code.startsWith('FST_') && typeof statusCode === 'number'
    ? { code, statusCode }
    : undefined
}
