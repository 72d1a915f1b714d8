export type JsonObject = Readonly<Record<string, unknown>>

export interface JsonLimits {
  /** UTF-16 units of text. */
  readonly maxLength: number
  readonly maxDepth: number
}

const DEFAULT_LIMITS: JsonLimits = { maxLength: 65_536, maxDepth: 16 }

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * A JSON object from hostile text, or undefined when it is not one, is too long or too deep, repeats a member name in an
 * object, or has a member named `__proto__`, `constructor` or `prototype` (RFC 8259, section 4; RFC 7519, section 4).
 *
 * The scan counts members in the text; JSON.parse keeps one of each name. Different counts mean a repeated name.
 */
export function parseJsonObject(text: string, limits: JsonLimits = DEFAULT_LIMITS): JsonObject | undefined {
  if (text.length > limits.maxLength) return undefined
  const members = countMembers(text, limits.maxDepth)
  if (members < 0) return undefined
  const value = parse(text)
  if (!isJsonObject(value)) return undefined
  return distinctMembers(value) === members ? value : undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

const QUOTE = 0x22
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** Colons outside strings, which in valid JSON is the number of members; -1 when nested deeper than allowed. */
function countMembers(text: string, maxDepth: number): number {
  let members = 0
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === QUOTE) {
      i = endOfString(text, i)
    } else if (c === COLON) {
      members++
    } else if (c === OPEN_BRACE || c === OPEN_BRACKET) {
      if (++depth > maxDepth) return -1
    } else if (c === CLOSE_BRACE || c === CLOSE_BRACKET) {
      depth--
    }
  }
  return members
}

/** The index of the quote that closes the string opened at `open`, or the end of the text. */
function endOfString(text: string, open: number): number {
  let close = text.indexOf('"', open + 1)
  while (close !== -1 && isEscaped(text, close)) close = text.indexOf('"', close + 1)
  return close === -1 ? text.length : close
}

function isEscaped(text: string, at: number): boolean {
  let i = at - 1
  while (text.charCodeAt(i) === BACKSLASH) i--
  return (at - i) % 2 === 0
}

/** Members of the whole value, or NaN when a name could be mistaken for an object's inheritance. Depth is bounded above. */
function distinctMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let members = 0
  if (Array.isArray(value)) {
    for (const item of value) members += distinctMembers(item)
    return members
  }
  for (const [name, item] of Object.entries(value)) {
    if (name === '__proto__' || name === 'constructor' || name === 'prototype') return NaN
    members += 1 + (typeof item === 'object' ? distinctMembers(item) : 0)
  }
  return members
}
