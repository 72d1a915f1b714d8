/** Why the gateway refuses a request before any service sees it. */
export interface Refusal {
  readonly status: number
  readonly error: string
  readonly text: string
}

// They concern one connection (RFC 9110, section 7.6.1); both sides of the gateway have their own.
const HOP_BY_HOP = new Set(
  'connection keep-alive proxy-connection proxy-authenticate proxy-authorization te trailer transfer-encoding upgrade'.split(
    ' ',
  ),
)
// What a client says about its address or certificate is not evidence; only a gateway may say such things.
const FORGEABLE = /^(x-forwarded-|forwarded$|x-real-ip$|true-client-ip$|x-client-ip$|via$)/
const CERTIFICATE = /^(client-cert|x-client-cert|x-ssl-|ssl-client|x-ssl$|x-tls-client|x-arr-clientcert|x-amzn-mtls-)/
/** Printable ASCII without a backslash, as an HTTP parser lets through no more than a service expects. */
const PLAIN_PATH = /^\/[!-[\]-~]*$/
const ONCE_ONLY = ['host', 'content-length', 'content-type', 'authorization']

const bad = (text: string): Refusal => ({ status: 400, error: 'invalid_request', text })

/** Pairs of a flat `[name, value, ...]` list, as node:http gives raw headers. */
export function* pairs(raw: readonly string[]): Generator<[name: string, value: string]> {
  for (let index = 0; index + 1 < raw.length; index += 2) yield [raw[index] as string, raw[index + 1] as string]
}

const valuesOf = (raw: readonly string[], wanted: string): string[] =>
  [...pairs(raw)].filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value)

export interface RequestHead {
  readonly url: string
  readonly raw: readonly string[]
}

/** Refuses what two HTTP implementations could read in two ways (RFC 9112, sections 3.2 and 6.3; security.md, I05). */
export function refuse({ url, raw }: RequestHead, hosts: readonly string[]): Refusal | undefined {
  const path = url.split('?', 1)[0] ?? ''
  if (!PLAIN_PATH.test(path) || /\/\/|%2e|%5c|%00|\/\.{1,2}(\/|$)/i.test(path))
    return bad('The request path must be plain: no empty, dotted or encoded path segments.')
  const twice = ONCE_ONLY.find((name) => valuesOf(raw, name).length > 1)
  if (twice !== undefined) return bad(`The header ${twice} must occur once.`)
  const host = valuesOf(raw, 'host')[0]?.toLowerCase()
  if (host === undefined || !hosts.includes(host))
    return { status: 421, error: 'invalid_request', text: `This server answers for ${hosts[0] ?? 'localhost'} only.` }
  const options = valuesOf(raw, 'connection').flatMap((value) => value.toLowerCase().split(','))
  if (options.some((option) => !['keep-alive', 'close', ''].includes(option.trim())))
    return bad('The Connection header may say keep-alive or close, nothing else.')
  if (valuesOf(raw, 'transfer-encoding').length > 0 && valuesOf(raw, 'content-length').length > 0)
    return bad('A request must not have both Transfer-Encoding and Content-Length.')
  return undefined
}

/** The headers that a service gets: all of the client's, in order and as often as sent, but for those above. */
export function forwardedHeaders(raw: readonly string[]): string[] {
  return [...pairs(raw)].filter(([name]) => isForwarded(name.toLowerCase())).flat()
}

const isForwarded = (name: string): boolean => !HOP_BY_HOP.has(name) && !FORGEABLE.test(name) && !CERTIFICATE.test(name)

/** The headers that the client gets back. */
export function returnedHeaders(raw: readonly string[]): string[] {
  return [...pairs(raw)].filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase())).flat()
}
