import { OAuthError } from './oauth-error.js'

export interface FormLimits {
  readonly maxBytes: number
  readonly maxParameters: number
  /** Names that may occur more than once. */
  readonly repeatable: ReadonlySet<string>
}

/** RFC 8707, section 2 and RFC 8693, section 2.1 let these repeat; every other parameter occurs once (RFC 6749, 3.2). */
const REPEATABLE: ReadonlySet<string> = new Set(['resource', 'audience'])
const DEFAULT_LIMITS: FormLimits = { maxBytes: 65_536, maxParameters: 40, repeatable: REPEATABLE }

/** Parsed form parameters. A parameter without a value counts as omitted (RFC 6749, section 3.1). */
export class FormParameters {
  readonly #values: ReadonlyMap<string, string>
  readonly #repeated: ReadonlyMap<string, readonly string[]>

  constructor(values: ReadonlyMap<string, string>, repeated: ReadonlyMap<string, readonly string[]>) {
    this.#values = values
    this.#repeated = repeated
  }

  /** The one value of a parameter; always undefined for a repeatable one, see `all`. */
  get(name: string): string | undefined {
    const value = this.#values.get(name)
    return value === '' ? undefined : value
  }

  /** All values of a repeatable parameter, in the order sent, without empty ones. */
  all(name: string): readonly string[] {
    return this.#repeated.get(name) ?? NONE
  }

  has(name: string): boolean {
    return this.get(name) !== undefined || this.all(name).length > 0
  }
}

const NONE: readonly string[] = []
const NO_REPEATS: ReadonlyMap<string, readonly string[]> = new Map()

/**
 * Parses `application/x-www-form-urlencoded` strictly (RFC 6749, appendix B). Throws `invalid_request` for a body that is
 * too large, has too many or repeated parameters, an empty name, a raw character that must be encoded, a bad percent
 * escape, or text that is not UTF-8 or has control characters.
 */
export function parseForm(body: string | Buffer, limits: FormLimits = DEFAULT_LIMITS): FormParameters {
  if (body.length > limits.maxBytes) throw malformed(`the body is larger than ${limits.maxBytes} bytes`)
  const text = typeof body === 'string' ? body : body.toString('latin1')
  if (MUST_BE_ENCODED.test(text)) throw malformed('a space, control or non-ASCII character is not percent-encoded')
  const values = new Map<string, string>()
  let repeated: Map<string, string[]> | undefined
  let count = 0
  for (let start = 0; start < text.length;) {
    if (++count > limits.maxParameters) throw malformed(`more than ${limits.maxParameters} parameters`)
    const next = text.indexOf('&', start)
    const end = next === -1 ? text.length : next
    const equals = text.indexOf('=', start)
    const nameEnd = equals === -1 || equals > end ? end : equals
    const name = decode(text.slice(start, nameEnd))
    const value = nameEnd === end ? '' : decode(text.slice(nameEnd + 1, end))
    if (name === '') throw malformed('a parameter has no name')
    if (limits.repeatable.has(name)) repeated = addRepeated(repeated, name, value)
    else if (values.has(name)) throw malformed(`the parameter ${shown(name)} occurs more than once`)
    else values.set(name, value)
    start = end + 1
    if (start === text.length && next !== -1) throw malformed('a parameter has no name')
  }
  return new FormParameters(values, repeated ?? NO_REPEATS)
}

const MUST_BE_ENCODED = /[^\x21-\x7e]/
const CONTROL = /\p{Cc}/u

function addRepeated(known: Map<string, string[]> | undefined, name: string, value: string): Map<string, string[]> {
  const repeated = known ?? new Map<string, string[]>()
  if (value === '') return repeated
  const values = repeated.get(name)
  if (values === undefined) repeated.set(name, [value])
  else values.push(value)
  return repeated
}

function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  const decoded = decodeUtf8(spaced)
  if (CONTROL.test(decoded)) throw malformed('a parameter contains a control character')
  return decoded
}

function decodeUtf8(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw malformed('a percent escape is incomplete or not UTF-8', cause)
  }
}

function malformed(what: string, cause?: unknown): OAuthError {
  return new OAuthError('invalid_request', `The form body is malformed: ${what}`, { cause })
}

function shown(name: string): string {
  return name.length > 40 ? `${name.slice(0, 40)}...` : name
}
