import { OAuthError } from '@tillit/oauth'
import type { Stage } from '../domain/ports.js'

const HID = /^HID-\d{4}/

/**
 * Why a request was refused, from a fixed vocabulary: the HID code, the cause that a rule names, what is down, or the stage.
 * Text that a request brought is never part of it.
 */
export function causeOf(error: unknown, stage: Stage): string {
  if (!(error instanceof OAuthError)) return error instanceof Error ? error.name : 'unexpected'
  const [code] = HID.exec(error.publicText) ?? []
  if (code !== undefined) return code
  if (typeof error.cause === 'string') return error.cause
  return error.cause instanceof Error && error.status >= 500 ? error.cause.name : stage
}
