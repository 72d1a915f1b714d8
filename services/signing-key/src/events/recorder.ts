import { eventTypes, issuanceStreamName, issuanceSubject, streams } from '@tillit/events'
import type { Envelope, EventType } from '@tillit/events'
import { PublishRefused, NatsUnavailable, type Nats, type Producer } from '@tillit/service-kit'
import type { Ack, PlacedRecord, Recorder, RecordKind } from '../domain/ports.js'

export interface RecorderDeps {
  readonly nats: Pick<Nats, 'publish' | 'connected'>
  readonly producer: Pick<Producer, 'envelope'>
  /** Each proof that was stored: its sequence. */
  readonly onProof: (seq: number) => void
}

const TYPES: Readonly<Record<RecordKind, EventType>> = {
  tokenIntent: eventTypes.tokenIntent,
  tokenOutcome: eventTypes.tokenOutcome,
  replayRefused: eventTypes.replayRefused,
  assertionSpent: eventTypes.assertionSpent,
}
const CLOUD_EVENT = 'application/cloudevents+json'
const PROOF_SUBJECT = streams.proofs.subjects[0]

/** A placed record keeps its envelope, so that another may take its place. */
interface Placed extends PlacedRecord {
  readonly envelope: Envelope
}

/** Issuance records and spent proofs on JetStream. */
export function createRecorder({ nats, producer, onProof }: RecorderDeps): Recorder {
  const lastSeq = new Map<number, number>()
  return {
    connected: () => nats.connected(),
    place: (partition, draft) => {
      const stream = issuanceStreamName(partition)
      const { kind, data, id, traceparent } = draft
      const record = { type: TYPES[kind], stream, data, ...(id && { id }), ...(traceparent && { traceparent }) }
      return placed(partition, producer.envelope(record))
    },
    refill: (record, draft) => {
      const { partition, envelope } = record as Placed
      return placed(partition, { ...envelope, type: TYPES[draft.kind], data: draft.data })
    },
    publish: async ({ partition, body }, msgId, timeoutMs) => {
      const options = { msgId, timeoutMs, contentType: CLOUD_EVENT }
      const ack = await acknowledged(() => nats.publish(issuanceSubject(partition), body, options))
      if (ack.kind === 'stored') lastSeq.set(partition, Math.max(ack.seq, lastSeq.get(partition) ?? 0))
      return ack
    },
    spendProof: async (msgId, timeoutMs) => {
      const ack = await acknowledged(() => nats.publish(PROOF_SUBJECT, '', { msgId, timeoutMs }))
      if (ack.kind === 'stored') onProof(ack.seq)
      return ack
    },
    lastSeq: (partition) => lastSeq.get(partition) ?? 0,
  }
}

function placed(partition: number, envelope: Envelope): Placed {
  const { producer, epoch, stream, n } = envelope
  return { partition, place: { producer, epoch, stream, n }, body: JSON.stringify(envelope), envelope }
}

async function acknowledged(publish: () => ReturnType<Nats['publish']>): Promise<Ack> {
  try {
    const { duplicate, seq } = await publish()
    return { kind: duplicate ? 'duplicate' : 'stored', seq }
  } catch (error) {
    // Anything but a clear "no" leaves it open whether the record is stored.
    const isNo = error instanceof PublishRefused || error instanceof NatsUnavailable
    return { kind: isNo ? 'not_stored' : 'unknown' }
  }
}
