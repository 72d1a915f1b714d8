import { partitionOf } from '@tillit/oauth'
import type { Debts } from './debts.js'
import { gatherFacts } from './facts.js'
import { oweOutcome } from './follow-up.js'
import { prepareToken, type PreparedToken } from './intent.js'
import { checkPolicy } from './policy.js'
import type { PolicySettings } from './policy-case.js'
import type { Now, PartitionMap, Partitions, Recorder, Registry, Signer } from './ports.js'
import { recordRequest, type Recorded } from './record.js'
import { refusal, type SignBatch, type SignRequest, type SignResult } from './sign-request.js'
import { readTokenClaims } from './token-claims.js'
import { judge, judgeLate, RETRY_LATER, RETRY_SOON } from './verdict.js'

export interface SignDeps {
  readonly settings: PolicySettings
  readonly registry: Registry
  readonly partitions: Partitions
  readonly keys: { active(alg: string): Signer | undefined }
  readonly recorder: Recorder
  readonly debts: Debts
  /** Proofs made before this time (epoch ms) may have been forgotten; undefined: not known, so no proof is taken. */
  readonly proofFloor: () => number | undefined
  readonly observe: Observer
  readonly now: Now
  /** Test hook: runs between the acknowledgement and the signature. */
  readonly beforeSign?: (() => Promise<void>) | undefined
}

/** What operators and audit learn, without any text from the request. */
export interface Observer {
  refused(requester: string, clientId: string | undefined, rule: string): void
  proofRefused(reason: 'replay' | 'floor'): void
  signed(alg: string, milliseconds: number): void
  failed(error: unknown): void
}

/** No caller waits longer, whatever deadline it names. */
const MAX_WAIT_MS = 5_000
/** Seconds between a proof's `iat` and the `exp` that it is spent with. */
const PROOF_LIFE = 120

interface Batch extends SignDeps {
  readonly requester: string
  /** Epoch milliseconds. */
  readonly deadline: number
  readonly map: PartitionMap
  readonly used: Set<string>
}

/** Answers each request of a batch, in order. All are recorded concurrently (security.md, section 1). Never rejects. */
export async function recordAndSign(batch: SignBatch, requester: string, deps: SignDeps): Promise<SignResult[]> {
  const now = deps.now()
  const map = deps.partitions.current()
  const obstacle = findObstacle(deps, map, now)
  if (map === undefined || obstacle !== undefined || now >= batch.deadline) {
    return batch.requests.map(() => refusal('unavailable', obstacle ?? RETRY_SOON))
  }
  const deadline = Math.min(batch.deadline, now + MAX_WAIT_MS)
  const shared: Batch = { ...deps, requester, deadline, map, used: new Set() }
  const fail = (error: unknown): SignResult => {
    deps.observe.failed(error)
    return refusal('unavailable', RETRY_SOON)
  }
  return Promise.all(batch.requests.map((request) => answer(request, shared).catch(fail)))
}

/** Why nothing can be recorded at all just now: the seconds to wait. */
function findObstacle(deps: SignDeps, map: PartitionMap | undefined, now: number): string | undefined {
  if (map === undefined || !deps.registry.fresh() || !deps.recorder.connected()) return RETRY_SOON
  if (deps.debts.full()) return RETRY_LATER
  const wait = map.issueFrom - Math.floor(now / 1000)
  return wait > 0 ? String(wait) : undefined
}

async function answer(request: SignRequest, batch: Batch): Promise<SignResult> {
  const { requester, settings, now } = batch
  // 1. Who is this about? From memory where the registry is held.
  const claims = request.access && readTokenClaims(request.access.claims)
  const facts = await gatherFacts(request, claims, batch.registry)

  // 2. May it be spent and signed? Before this, nothing is used up.
  const rule = checkPolicy({ requester, request, claims, facts, settings, now: Math.floor(now() / 1000) })
  if (rule !== undefined) return refuse(rule, facts.client?.clientId, batch)
  const obstacle = findOwnObstacle(request, batch)
  if (obstacle !== undefined) return obstacle

  // 3. What exactly will be signed, and with which key?
  const token = request.access && claims && prepareToken(request.access, claims, batch.keys)
  if (request.access !== undefined && token === undefined) return refusal('unavailable', RETRY_LATER)

  // 4. Recorded durably; the same round trip uses up assertion and proof.
  const subject = { request, token, represented: facts.represented }
  const recorded = await recordRequest(subject, { ...batch, timeoutMs: batch.deadline - now() })
  const verdict = judge(recorded, now() >= batch.deadline, batch)
  if (recorded.proof?.kind === 'duplicate') batch.observe.proofRefused('replay')
  if (verdict !== undefined) return verdict

  // 5. Only now, and only in time, is it signed.
  return token === undefined ? { ok: true } : sign(token, recorded, batch)
}

/** J09: refused and audited. */
function refuse(rule: string, clientId: string | undefined, batch: Batch): SignResult {
  batch.observe.refused(batch.requester, clientId, rule)
  return refusal('policy', rule)
}

/** What speaks against this one request although its content is in order. */
function findOwnObstacle({ assertion, proof }: SignRequest, batch: Batch): SignResult | undefined {
  if (batch.now() >= batch.deadline) return refusal('unavailable', RETRY_SOON)
  if (assertion !== undefined && batch.debts.blocked(partitionOf(assertion.clientId, batch.map.partitions))) {
    return refusal('unavailable', RETRY_LATER)
  }
  if (proof === undefined) return undefined
  const floor = batch.proofFloor()
  if (floor === undefined) return refusal('unavailable', RETRY_SOON)
  if ((proof.exp - PROOF_LIFE) * 1000 >= floor) return undefined
  batch.observe.proofRefused('floor')
  return refusal('proof_replay', 'floor')
}

async function sign(token: PreparedToken, recorded: Recorded, batch: Batch): Promise<SignResult> {
  await batch.beforeSign?.()
  const started = performance.now()
  const { signer, signingInput } = token
  if (batch.now() >= batch.deadline) return judgeLate(recorded, batch)
  try {
    if (batch.keys.active(signer.alg)?.kid !== signer.kid) throw new Error('the key was replaced after the record')
    // Not awaited where it is there at once: the time of one signature would count its whole batch.
    const made = signer.sign(signingInput)
    const signature = typeof made === 'string' ? made : await made
    batch.observe.signed(signer.alg, performance.now() - started)
    return { ok: true, access: `${signingInput}.${signature}` }
  } catch (error) {
    batch.observe.failed(error)
    if (recorded.sent) oweOutcome(batch, recorded.sent, 'sign_failed')
    return refusal('unavailable', RETRY_SOON)
  }
}
