const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** RFC 9562, section 5.7, in lower case. */
export function isUuidV7(value: unknown): value is string {
  return typeof value === 'string' && value.length === 36 && UUID_V7.test(value)
}

/** The time inside a version 7 UUID in epoch milliseconds; undefined for anything else. */
export function timeOfUuidV7(id: string): number | undefined {
  return isUuidV7(id) ? parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : undefined
}
