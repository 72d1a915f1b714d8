import { request as httpRequest } from 'node:http'
import type { Agent, ClientRequest, IncomingMessage, ServerResponse } from 'node:http'
import { answerError, tooLarge, unavailable } from './gateway-errors.js'
import { forwardedHeaders, returnedHeaders } from './gateway-rules.js'
import type { Route, Upstream } from './gateway-upstreams.js'

export interface ForwardOptions {
  readonly route: Route
  readonly agent: Agent
  /** Best first; the next is tried only while no byte of the request has been sent. */
  readonly candidates: readonly Upstream[]
  readonly lost: (upstream: Upstream) => void
}

/**
 * Streams a request to the first candidate that accepts a connection, and its answer back. A request that has been sent
 * is never sent again: a client assertion is good for one try (reliability.md, section 1).
 */
export function forward(request: IncomingMessage, response: ServerResponse, options: ForwardOptions): void {
  const [upstream, ...others] = options.candidates
  if (upstream === undefined) {
    answerError(response, unavailable)
    return
  }
  if (Number(request.headers['content-length'] ?? 0) > options.route.bodyLimit) {
    answerError(response, tooLarge)
    return
  }
  let sent = false
  const outgoing = httpRequest(upstream.url + (request.url ?? ''), {
    method: request.method ?? 'GET',
    headers: framed(request),
    agent: options.agent,
    setHost: false,
  })
  whenConnected(outgoing, () => {
    sent = true
    sendBody(request, outgoing, { response, ...options })
  })
  outgoing.on('error', () => {
    if (sent) {
      answerError(response, unavailable)
      return
    }
    options.lost(upstream)
    forward(request, response, { ...options, candidates: others })
  })
  outgoing.on('response', (incoming) => sendBack(incoming, response))
  response.once('close', () => {
    if (!response.writableFinished) outgoing.destroy()
  })
}

/** The client's own framing, told to Node in its terms. */
function framed(request: IncomingMessage): string[] {
  const headers = forwardedHeaders(request.rawHeaders)
  return request.headers['transfer-encoding'] === undefined ? headers : [...headers, 'Transfer-Encoding', 'chunked']
}

function whenConnected(outgoing: ClientRequest, begin: () => void): void {
  outgoing.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', begin)
    else begin()
  })
}

function sendBody(
  request: IncomingMessage,
  outgoing: ClientRequest,
  { route, response }: ForwardOptions & { response: ServerResponse },
): void {
  let length = 0
  request.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length <= route.bodyLimit) return
    request.unpipe(outgoing)
    outgoing.destroy()
    answerError(response, tooLarge)
  })
  request.once('end', () => {
    // The clock of the service runs from when it has the whole request.
    const late = setTimeout(() => outgoing.destroy(new Error('no answer in time')), route.timeoutMs)
    outgoing.once('response', () => clearTimeout(late))
    outgoing.once('close', () => clearTimeout(late))
  })
  request.pipe(outgoing)
}

function sendBack(incoming: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent || response.destroyed) {
    incoming.destroy()
    return
  }
  response.writeHead(incoming.statusCode ?? 502, returnedHeaders(incoming.rawHeaders))
  incoming.on('error', () => response.destroy())
  incoming.pipe(response)
}
