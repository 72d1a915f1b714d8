import type { SignBatch } from '@tillit/events'

const MAX_REQUESTS = 32
const MAX_CLAIMS = 100

type Check = (value: unknown) => boolean
type Shape = Readonly<Record<string, { readonly check: Check; readonly optional?: true }>>

const text =
  (max: number): Check =>
  (value) =>
    typeof value === 'string' && value.length > 0 && value.length <= max
const time: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const integer: Check = (value) => Number.isSafeInteger(value)
const listOf =
  (check: Check, max: number): Check =>
  (value) =>
    Array.isArray(value) && value.length <= max && value.every(check)
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value)

/** A plain object with these members and no others. */
const object =
  (shape: Shape): Check =>
  (value) => {
    if (!isObject(value)) return false
    for (const name in shape) {
      const member = shape[name]
      if (value[name] === undefined ? !member?.optional : !member?.check(value[name])) return false
    }
    for (const name in value) if (!Object.hasOwn(shape, name)) return false
    return true
  }

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const record =
  (check: Check): Check =>
  (value) =>
    isObject(value) && Object.keys(value).length <= MAX_CLAIMS && Object.values(value).every(check)

const isRequest = object({
  id: { check: text(36) },
  traceparent: { check: text(64), optional: true },
  purpose: { check: text(64) },
  assertion: {
    check: object({ clientId: { check: text(256) }, jti: { check: text(256) }, exp: { check: time } }),
    optional: true,
  },
  proof: {
    check: object({ jkt: { check: text(64) }, jti: { check: text(256) }, exp: { check: time } }),
    optional: true,
  },
  access: {
    check: object({ typ: { check: text(32) }, alg: { check: text(16) }, claims: { check: record(() => true) } }),
    optional: true,
  },
  inputs: {
    check: object({
      grant: { check: text(64) },
      scopeRequested: { check: orNull(listOf(text(256), 200)) },
      scopeRejected: { check: listOf(text(256), 200) },
      resource: { check: listOf(text(512), 20) },
      organisation: {
        check: object({
          parent: { check: text(9) },
          child: { check: text(9), optional: true },
          supplier: { check: text(9), optional: true },
        }),
        optional: true,
      },
      revisions: { check: record(integer) },
      assertionKid: { check: text(256), optional: true },
      flagsUsed: { check: listOf(text(64), 20) },
    }),
    optional: true,
  },
})

/**
 * The batch in a message, or undefined. By hand because this is the hot path (performance.md: no schema compiler there); a
 * differential test holds it against the contract's schema. It is stricter only in how long a list may be.
 */
export function parseBatch(payload: Uint8Array, maxBytes: number): SignBatch | undefined {
  if (payload.length > maxBytes) return undefined
  const batch = parseJson(payload)
  if (!isObject(batch) || Object.keys(batch).length !== 3) return undefined
  const { v, deadline, requests } = batch
  if (v !== 1 || !Number.isSafeInteger(deadline) || !Array.isArray(requests)) return undefined
  if (requests.length === 0 || requests.length > MAX_REQUESTS || !requests.every(isRequest)) return undefined
  return batch as SignBatch
}

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8'))
  } catch {
    return undefined
  }
}
