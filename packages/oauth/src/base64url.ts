/** RFC 4648, section 5, without padding. */
export function encodeBase64url(data: string | Uint8Array): string {
  const buffer =
    typeof data === 'string' ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  return buffer.toString('base64url')
}

/**
 * The one byte string whose canonical encoding is `text`, or undefined. Node's own decoder skips what it does not know
 * and takes both alphabets; encoding again and comparing leaves exactly one text per value (RFC 7515, section 2).
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

/** Canonical base64url of well-formed UTF-8, as text; undefined otherwise. */
export function decodeBase64urlText(text: string): string | undefined {
  const bytes = decodeBase64url(text)
  return bytes === undefined ? undefined : utf8Text(bytes)
}

/** The text of well-formed UTF-8. Only a decoded U+FFFD can hide a replaced byte, so only then is it worth re-encoding. */
export function utf8Text(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8')
  return text.includes('\uFFFD') && !Buffer.from(text, 'utf8').equals(bytes) ? undefined : text
}
