import { partitionOf, proofId, spendId } from '@tillit/oauth'
import type { Sent } from './follow-up.js'
import { draftIntent, draftSpent, type PreparedToken } from './intent.js'
import type { Ack, PartitionMap, Recorder } from './ports.js'
import type { Represented, SignRequest } from './sign-request.js'

/** One batch on its way: what its requests share. */
export interface Recording {
  readonly recorder: Recorder
  readonly requester: string
  readonly map: PartitionMap
  /** Message ids that this batch has used already. */
  readonly used: Set<string>
  /** Milliseconds until an acknowledgement counts as unknown. */
  readonly timeoutMs: number
}

export interface Recorded {
  /** Undefined where the request has no assertion. */
  readonly sent: Sent | undefined
  readonly record: Ack | undefined
  /** Undefined where the request has no proof. */
  readonly proof: Ack | undefined
}

/** What is recorded: the request with its token, if there is one to sign. */
export interface Subject {
  readonly request: SignRequest
  readonly token: PreparedToken | undefined
  readonly represented: Represented
}

const DUPLICATE: Ack = { kind: 'duplicate', seq: 0 }

/**
 * Publishes the record (to the partition of its client, so that B03 holds over all replicas and endpoints) and the proof
 * (D01) at the same time, each under the id of what it uses up. Two bearers of one id in a batch never meet the broker.
 */
export async function recordRequest(subject: Subject, recording: Recording): Promise<Recorded> {
  const { request } = subject
  const proofHash = request.proof && proofId(request.proof.jkt, request.proof.jti)
  const sent = request.assertion && send(subject, recording, proofHash)
  const [record, proof] = await Promise.all([
    sent && once(sent.messageId, recording, () => publish(sent, recording)),
    proofHash && once(proofHash, recording, () => recording.recorder.spendProof(proofHash, recording.timeoutMs)),
  ])
  return { sent, record, proof: proof === '' ? undefined : proof }
}

/** Takes the record's place in the sequence. */
function send(subject: Subject, recording: Recording, proofHash: string | undefined): Sent | undefined {
  const { request, token, represented } = subject
  if (request.assertion === undefined) return undefined
  const { clientId, jti, exp } = request.assertion
  const { requester, recorder } = recording
  const messageId = spendId(clientId, jti)
  const spends = { requester, spend: { hash: messageId, exp }, proofHash, represented }
  const draft = token ? draftIntent(request, token, spends) : draftSpent(request, clientId, spends)
  const partition = partitionOf(clientId, recording.map.partitions)
  return {
    record: recorder.place(partition, draft),
    messageId,
    replay: { requester, clientId, purpose: request.purpose, spend: spends.spend },
    token: token && { jti: token.claims.jti, clientId },
    seqBefore: recorder.lastSeq(partition),
  }
}

const publish = (sent: Sent, { recorder, timeoutMs }: Recording): Promise<Ack> =>
  recorder.publish(sent.record, sent.messageId, timeoutMs)

function once(id: string, { used }: Recording, spend: () => Promise<Ack>): Ack | Promise<Ack> {
  if (used.has(id)) return DUPLICATE
  used.add(id)
  return spend()
}
