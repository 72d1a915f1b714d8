const MAX_HTU = 2_048

/**
 * RFC 9449, section 4.3, point 9: the same URI without query and fragment, after normalising scheme, host, default port and
 * path (RFC 3986, sections 6.2.2 and 6.2.3).
 */
export function sameEndpoint(htu: string, url: string): boolean {
  if (htu.length > MAX_HTU) return false
  const claimed = URL.parse(htu)
  const actual = URL.parse(url)
  return (
    claimed !== null &&
    actual !== null &&
    claimed.protocol === actual.protocol &&
    claimed.host === actual.host &&
    claimed.pathname === actual.pathname &&
    claimed.username === '' &&
    claimed.password === ''
  )
}
