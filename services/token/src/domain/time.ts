/** RFC 7519, section 2: NumericDate, whole seconds. */
export function secondsOf(epochMilliseconds: number): number {
  return Math.floor(epochMilliseconds / 1000)
}
