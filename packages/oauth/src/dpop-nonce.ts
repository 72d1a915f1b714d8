import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto'

/** RFC 9449, section 8; the same nonces serve as attestation challenges. One purpose's nonce is nothing to another. */
export type NoncePurpose = 'token' | 'resource' | 'attestation'
export type NonceVerdict = 'ok' | 'stale' | 'missing'

export interface NonceSecret {
  /** Letters, digits, `-` and `_`. */
  readonly id: string | number
  readonly secret: KeyObject | Buffer
}

export interface NonceExpectation {
  /** Current and previous secret. */
  readonly secrets: readonly NonceSecret[]
  readonly purpose: NoncePurpose
  /** Epoch seconds. */
  readonly now: number
}

/** Seconds. A nonce lives from one to two windows. */
export const NONCE_WINDOW = 60
const MAC_BYTES = 16
const MAX_NONCE = 200
const PURPOSE_BYTE: Readonly<Record<NoncePurpose, string>> = { token: 't', resource: 'r', attestation: 'a' }

/** The window that a time, in epoch seconds, falls in. */
export function nonceWindow(now: number): number {
  return Math.floor(now / NONCE_WINDOW)
}

/**
 * A stateless nonce: purpose, window, secret id and HMAC-SHA-256, truncated. The same for the same arguments, so one window
 * needs one call.
 */
export function issueNonce(secret: NonceSecret, purpose: NoncePurpose, window: number): string {
  const stem = `${PURPOSE_BYTE[purpose]}${window.toString(36)}.${secret.id}`
  return `${stem}.${mac(secret, stem).toString('base64url')}`
}

/**
 * Whether the nonce was issued for this purpose in the current or the previous window. The next window is good as well: it
 * comes from a replica whose clock is slightly ahead. A foreign or altered nonce is `stale`, so that the client fetches one.
 */
export function checkNonce(nonce: string | undefined, expected: NonceExpectation): NonceVerdict {
  if (nonce === undefined) return 'missing'
  if (nonce.length > MAX_NONCE) return 'stale'
  const current = nonceWindow(expected.now)
  for (const secret of expected.secrets) {
    for (const window of [current, current - 1, current + 1]) {
      const stem = `${PURPOSE_BYTE[expected.purpose]}${window.toString(36)}.${secret.id}.`
      if (nonce.startsWith(stem)) return hasMac(nonce.slice(stem.length), mac(secret, stem.slice(0, -1)))
    }
  }
  return 'stale'
}

function mac(secret: NonceSecret, stem: string): Buffer {
  return createHmac('sha256', secret.secret).update(`tillit-nonce-v1 ${stem}`).digest().subarray(0, MAC_BYTES)
}

/** Compares encoded texts, because a decoder would take several texts for one value. */
function hasMac(text: string, expected: Buffer): NonceVerdict {
  const presented = Buffer.from(text)
  const wanted = Buffer.from(expected.toString('base64url'))
  return presented.length === wanted.length && timingSafeEqual(presented, wanted) ? 'ok' : 'stale'
}
