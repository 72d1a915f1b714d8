import type { Socket } from 'node:net'

interface ParseError extends Error {
  readonly code?: string
}

/** Requests that are not HTTP, have too many headers or come too slowly never reach a route (I02): answered raw, then closed. */
export function answerClientError(error: ParseError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy()
  const [status, reason, text] = explain(error.code)
  const body = JSON.stringify({ error: 'invalid_request', error_description: text })
  const head = [
    `HTTP/1.1 ${status} ${reason}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${body.length}`,
    'Cache-Control: no-store',
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

function explain(code: string | undefined): [number, string, string] {
  if (code === 'HPE_HEADER_OVERFLOW') return [431, 'Request Header Fields Too Large', 'The headers are too large']
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return [408, 'Request Timeout', 'The request took too long to arrive']
  return [400, 'Bad Request', 'The request is not valid HTTP']
}
