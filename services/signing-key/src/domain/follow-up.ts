import { outcomeId, slotId } from '@tillit/oauth'
import type { Debts } from './debts.js'
import type { Ack, PlacedRecord, Recorder } from './ports.js'

export type OutcomeReason = 'unknown_ack' | 'deadline' | 'proof_replay' | 'restart' | 'sign_failed'

/** The token that an intent announced. */
export interface Announced {
  readonly jti: string
  readonly clientId: string
}

/** A record about one spent assertion, as it was first sent. `token`: absent where nothing was to be signed. */
export interface Sent {
  readonly record: PlacedRecord
  readonly messageId: string
  readonly replay: { requester: string; clientId: string; purpose: string; spend: { hash: string; exp: number } }
  readonly token: Announced | undefined
  /** The partition's highest acknowledged sequence before this record was sent. */
  readonly seqBefore: number
}

export interface FollowUpDeps {
  readonly recorder: Pick<Recorder, 'place' | 'refill'>
  readonly debts: Pick<Debts, 'add'>
}

/** The intent is stored, the signature was not released: its outcome, in a place and under an id of its own. */
export function oweOutcome(deps: FollowUpDeps, sent: Sent, reason: OutcomeReason): void {
  if (sent.token === undefined) return
  const { epoch, stream, n } = sent.record.place
  const data = { ...sent.token, value: 'unsigned', reason, about: { epoch, stream, n } }
  const record = deps.recorder.place(sent.record.partition, { kind: 'tokenOutcome', data })
  deps.debts.add({ record, messageId: outcomeId(sent.token.jti), maybeStored: true })
}

/** The assertion was used before, so the record is not stored: its place says who tried. */
export function oweReplayRecord(deps: FollowUpDeps, sent: Sent, maybeStored: boolean): void {
  const record = deps.recorder.refill(sent.record, { kind: 'replayRefused', data: sent.replay })
  deps.debts.add({ record, messageId: slotId(record.place), maybeStored })
}

/**
 * Nobody knows whether the record is stored, or it surely is not: the same bytes again under the same id, until the broker
 * answers. A duplicate then means that it was stored the first time, unless its bearer is older than our attempt, or ours
 * never left: then the place is still empty.
 */
export function oweRecord(deps: FollowUpDeps, sent: Sent, maybeStored: boolean): void {
  const settle = (ack: Ack): void => {
    const bearerIsOlder = ack.kind === 'duplicate' && ack.seq > 0 && ack.seq <= sent.seqBefore
    if (ack.kind === 'duplicate' && (!maybeStored || bearerIsOlder)) oweReplayRecord(deps, sent, true)
    else oweOutcome(deps, sent, 'unknown_ack')
  }
  deps.debts.add({ record: sent.record, messageId: sent.messageId, maybeStored, settle })
}
