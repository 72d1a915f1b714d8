import { jetStreamConfig, streams, type StreamPlacement } from '@tillit/events'
import type { Nats, Part } from '@tillit/service-kit'
import type { ProofFloor, ProofMemory } from '../domain/proof-floor.js'

const INFO = `$JS.API.STREAM.INFO.${streams.proofs.name}`
const CREATE = `$JS.API.STREAM.CREATE.${streams.proofs.name}`
/** JetStream's own code for a stream that does not exist. */
const STREAM_NOT_FOUND = 10_059
const TIMEOUT_MS = 2_000
const RETRY_MS = 1_000

interface StreamInfo {
  readonly error?: { readonly err_code?: number }
  readonly created?: string
  readonly state?: { readonly first_seq?: number; readonly last_seq?: number }
}

export interface ProofMemoryDeps {
  readonly nats: Pick<Nats, 'raw'>
  readonly floor: ProofFloor
  readonly now: () => number
  readonly placement: StreamPlacement
}

/**
 * Asks the broker about the memory of proofs at the start and after each reconnect, until it answers. Memory that went with
 * its servers is made anew: its creation time then is the floor below which no proof is taken (docs/adr/0007).
 */
export function watchProofMemory({ nats, floor, now, placement }: ProofMemoryDeps): Part {
  const config = JSON.stringify(jetStreamConfig(streams.proofs, placement))
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const ask = async (): Promise<void> => {
    clearTimeout(timer)
    const before = floor.lastSeq
    try {
      const found = await nats.raw.request(INFO, '', TIMEOUT_MS)
      const { data } = isMissing(found.data) ? await nats.raw.request(CREATE, config, TIMEOUT_MS) : found
      floor.learn(readInfo(data), { now: now(), lastSeqBefore: before })
    } catch {
      // The readiness says why; NATS may be away, or without a leader.
      if (!stopped) timer = setTimeout(() => void ask(), RETRY_MS)
    }
  }
  const forget = nats.raw.onConnection((connected) => {
    floor.forget()
    if (connected) void ask()
  })
  return {
    name: 'proof-memory',
    start: ask,
    ready: () => floor.get() !== undefined || 'the memory of DPoP proofs is not known',
    stop: () => {
      stopped = true
      clearTimeout(timer)
      forget()
      return Promise.resolve()
    },
  }
}

const isMissing = (data: Uint8Array): boolean => parse(data).error?.err_code === STREAM_NOT_FOUND

/** The answer of JetStream's STREAM.INFO or STREAM.CREATE. Throws where it is an error. */
export function readInfo(data: Uint8Array): ProofMemory {
  const info = parse(data)
  const created = Date.parse(info.created ?? '')
  if (Number.isNaN(created)) throw new Error('no such stream')
  return { created, firstSeq: info.state?.first_seq ?? 0, lastSeq: info.state?.last_seq ?? 0 }
}

const parse = (data: Uint8Array): StreamInfo => JSON.parse(Buffer.from(data).toString('utf8')) as StreamInfo
