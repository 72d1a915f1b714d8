const PLAIN = /^[A-Za-z0-9-]+$/

/**
 * One subject token (or key part) for any text, reversible and free of NATS' own signs (J02).
 * Every byte outside `A-Z a-z 0-9 -` becomes `_` and two upper-case hex digits; the empty text becomes `_`.
 */
export function encodeToken(text: string): string {
  if (PLAIN.test(text)) return text
  if (text === '') return '_'
  let out = ''
  for (const byte of new TextEncoder().encode(text)) {
    const char = String.fromCharCode(byte)
    out += PLAIN.test(char) ? char : `_${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return out
}
