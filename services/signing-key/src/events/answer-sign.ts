import { asks, type SignBatchReply } from '@tillit/events'
import type { Logger, Nats, Part } from '@tillit/service-kit'
import type { SignBatch, SignResult } from '../domain/sign-request.js'
import { parseBatch } from './parse-batch.js'

export interface AnswerDeps {
  readonly nats: Pick<Nats, 'answer'>
  readonly log: Logger
  readonly recordAndSign: (batch: SignBatch, requester: string) => Promise<SignResult[]>
  /** A message that is no batch at all. */
  readonly malformed: (requester: string) => void
}

/** Answers `asks.recordAndSign`. The requester is the subject's last token, which the server's permissions vouch for. */
export function answerSign({ nats, log, recordAndSign, malformed }: AnswerDeps): Part {
  const access = {
    limit: '64 batches at once, 1024 waiting, 32 requests each',
    audit: 'token.intent, token.outcome, assertion.spent, assertion.replay-refused, sign.refused',
  }
  return nats.answer(asks.recordAndSign, access, async (requester, payload) => {
    const batch = parseBatch(payload, asks.recordAndSign.maxBytes)
    if (batch === undefined) {
      malformed(requester)
      log.warn({ 'event.name': 'sign.malformed', requester, bytes: payload.length }, 'A signing request is not a batch')
      throw new Error('not a batch of signing requests')
    }
    const reply: SignBatchReply = { v: 1, results: await recordAndSign(batch, requester) }
    return JSON.stringify(reply)
  })
}
