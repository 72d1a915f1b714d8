import type { FastifyReply } from 'fastify'
import { pointer, type ImportRefused } from '../domain/problems.js'

/** RFC 9457 (RFC 7807): one entry of `errors` a problem, with a JSON pointer into the document. */
export function sendImportRefused(reply: FastifyReply, refused: ImportRefused): FastifyReply {
  return reply
    .code(refused.status)
    .type('application/problem+json')
    .header('Cache-Control', 'no-store')
    .send({
      type: 'about:blank',
      title: refused.status === 409 ? 'Conflict' : 'Bad Request',
      status: refused.status,
      error: refused.code,
      detail: refused.publicText,
      errors: refused.problems.map(({ path, message, code }) => ({
        pointer: pointer(path),
        detail: message,
        ...(code === undefined ? {} : { error: code }),
      })),
    })
}
