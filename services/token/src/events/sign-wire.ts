import { SignBatchReply, type SignRequest } from '@tillit/events'
import { Compile } from 'typebox/compile'
import type { SignOrder, SignOutcome } from '../domain/ports.js'

/**
 * One request of a batch as JSON. The claims are already text, the text that is held against the signature later, and go in
 * as they are: no token is encoded twice.
 */
export function requestText(order: SignOrder, id: string): string {
  const { access, purpose, assertion, proof, inputs, traceparent } = order
  const request: Omit<SignRequest, 'access' | 'inputs'> & { inputs?: SignOrder['inputs'] & object } = {
    id,
    purpose,
    assertion,
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(proof === undefined ? {} : { proof }),
    ...(inputs === undefined ? {} : { inputs }),
  }
  const text = JSON.stringify(request)
  if (access === undefined) return text
  const head = JSON.stringify({ typ: access.typ, alg: access.alg })
  return `${text.slice(0, -1)},"access":${head.slice(0, -1)},"claims":${access.payload}}}`
}

/** A `SignBatch`; `deadline` in epoch milliseconds. */
export function batchText(deadline: number, requests: readonly string[]): string {
  return `{"v":1,"deadline":${deadline},"requests":[${requests.join(',')}]}`
}

const reply = Compile(SignBatchReply)

/** Throws when the reply is not one of this contract for so many requests: then nothing in it is believed. */
export function readBatchReply(bytes: Uint8Array, requests: number): readonly SignOutcome[] {
  const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString())
  if (!reply.Check(value) || value.results.length !== requests) throw new Error('the signer sent a malformed reply')
  return value.results
}
