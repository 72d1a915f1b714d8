import { STATUS_CODES } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Refusal } from './gateway-rules.js'

export const RETRY_AFTER_SECONDS = 2

export const unavailable: Refusal = {
  status: 503,
  error: 'temporarily_unavailable',
  text: 'The service cannot answer now. Try again shortly, with a new client assertion.',
}
export const tooLarge: Refusal = { status: 413, error: 'invalid_request', text: 'The request body is too large.' }

const body = ({ error, text }: Refusal): string => JSON.stringify({ error, error_description: text })

function headersOf({ status }: Refusal, length: number): Record<string, string> {
  return {
    'content-type': 'application/json',
    'content-length': String(length),
    'cache-control': 'no-store',
    ...(status === 503 && { 'retry-after': String(RETRY_AFTER_SECONDS) }),
    connection: 'close',
  }
}

/** Answers with an OAuth error in JSON; the connection ends, since the rest of the request may be unread. */
export function answerError(response: ServerResponse, refusal: Refusal): void {
  if (response.headersSent) {
    // Half an answer must not look whole; a whole one, such as an earlier error, must reach the client.
    if (!response.writableEnded) response.destroy()
    return
  }
  const text = body(refusal)
  response.writeHead(refusal.status, headersOf(refusal, Buffer.byteLength(text)))
  response.end(text)
}

const RAW: Record<string, Refusal> = {
  HPE_HEADER_OVERFLOW: { status: 431, error: 'invalid_request', text: 'The request headers are too large.' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, error: 'invalid_request', text: 'The request came too slowly.' },
}
const MALFORMED: Refusal = { status: 400, error: 'invalid_request', text: 'This is not a well-formed HTTP request.' }

/** The same for a request that the HTTP parser gave up on, where no response object exists. */
export function writeRawError(socket: Socket, code: string | undefined): void {
  if (!socket.writable || code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const refusal = RAW[code ?? ''] ?? MALFORMED
  const text = body(refusal)
  const head = Object.entries(headersOf(refusal, Buffer.byteLength(text))).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  socket.end(`HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}\r\n${head.join('')}\r\n${text}`)
}
