/** RFC 7519, section 2: a NumericDate, here whole seconds from 1970 that a double holds exactly; undefined for anything else. */
export function readNumericDate(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

const DIGITS = /^[0-9]{1,15}$/

/** The same, or its decimal digits in a string, as some clients send `iat`. */
export function readNumericDateOrDigits(value: unknown): number | undefined {
  return typeof value === 'string' && DIGITS.test(value) ? Number(value) : readNumericDate(value)
}

const VISIBLE = /^[\x21-\x7e]+$/
const MAX_TOKEN_ID = 256

/** A `jti` that may be hashed and recorded: 1 to 256 visible ASCII characters. */
export function isTokenId(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TOKEN_ID && VISIBLE.test(value)
}

const CLIENT_ID = /^[A-Za-z0-9_-]+$/
const MAX_CLIENT_ID = 100

/** A client identifier: a GUID in HelseID; here 1 to 100 letters, digits, `-` and `_`, which every store takes as a key. */
export function isClientId(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_CLIENT_ID && CLIENT_ID.test(value)
}
