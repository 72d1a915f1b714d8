import { oweOutcome, oweRecord, oweReplayRecord, type FollowUpDeps } from './follow-up.js'
import type { Recorded } from './record.js'
import { refusal, type SignResult } from './sign-request.js'

/** Seconds to wait, as the detail of `unavailable`. */
export const RETRY_SOON = '1'
export const RETRY_LATER = '5'

/**
 * What the acknowledgements of one request mean; undefined: everything is recorded and used for the first time. Each other
 * answer leaves the records behind that security.md section 1 asks for. `late`: the deadline has passed meanwhile.
 */
export function judge(recorded: Recorded, late: boolean, deps: FollowUpDeps): SignResult | undefined {
  return judgeRecord(recorded, deps) ?? judgeProof(recorded, deps) ?? (late ? judgeLate(recorded, deps) : undefined)
}

function judgeRecord({ sent, record }: Recorded, deps: FollowUpDeps): SignResult | undefined {
  if (sent === undefined || record === undefined) return undefined
  switch (record.kind) {
    case 'stored':
      return undefined
    case 'duplicate':
      oweReplayRecord(deps, sent, true)
      return refusal('replay')
    case 'unknown':
      oweRecord(deps, sent, true)
      return refusal('unavailable', RETRY_SOON)
    case 'not_stored':
      oweRecord(deps, sent, false)
      return refusal('unavailable', RETRY_LATER)
  }
}

function judgeProof({ sent, proof }: Recorded, deps: FollowUpDeps): SignResult | undefined {
  switch (proof?.kind) {
    case undefined:
    case 'stored':
      return undefined
    case 'duplicate':
      if (sent) oweOutcome(deps, sent, 'proof_replay')
      return refusal('proof_replay')
    case 'unknown':
    case 'not_stored':
      if (sent) oweOutcome(deps, sent, 'unknown_ack')
      return refusal('unavailable', RETRY_SOON)
  }
}

/** Reliability.md, section 5, "Slow NATS": a late acknowledgement never yields a signature. */
export function judgeLate({ sent }: Recorded, deps: FollowUpDeps): SignResult {
  if (sent) oweOutcome(deps, sent, 'deadline')
  return refusal('unavailable', RETRY_SOON)
}
