import { streams } from '@tillit/events'
import type { Nats, Part } from '@tillit/service-kit'
import type { ProofFloor, ProofMemory } from '../domain/proof-floor.js'

const SUBJECT = `$JS.API.STREAM.INFO.${streams.proofs.name}`
const TIMEOUT_MS = 2_000
const RETRY_MS = 1_000

interface StreamInfo {
  readonly created?: string
  readonly state?: { readonly first_seq?: number; readonly last_seq?: number }
}

export interface ProofMemoryDeps {
  readonly nats: Pick<Nats, 'raw'>
  readonly floor: ProofFloor
  readonly now: () => number
}

/** Asks the broker about the memory of proofs at the start and after each reconnect, until it answers. */
export function watchProofMemory({ nats, floor, now }: ProofMemoryDeps): Part {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const ask = async (): Promise<void> => {
    clearTimeout(timer)
    const before = floor.lastSeq
    try {
      const reply = await nats.raw.request(SUBJECT, '', TIMEOUT_MS)
      floor.learn(readInfo(reply.data), { now: now(), lastSeqBefore: before })
    } catch {
      // The readiness says why; NATS may be away, or the stream not made yet.
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

/** The answer of JetStream's STREAM.INFO. Throws where it is an error. */
export function readInfo(data: Uint8Array): ProofMemory {
  const info = JSON.parse(Buffer.from(data).toString('utf8')) as StreamInfo
  const created = Date.parse(info.created ?? '')
  if (Number.isNaN(created)) throw new Error('no such stream')
  return { created, firstSeq: info.state?.first_seq ?? 0, lastSeq: info.state?.last_seq ?? 0 }
}
