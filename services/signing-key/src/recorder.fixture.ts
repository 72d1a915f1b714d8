import type { Ack, PlacedRecord, RecordDraft, Recorder } from './domain/ports.js'

/** What a broker does with ids and records; `mode` makes it misbehave. */
export class FakeRecorder implements Recorder {
  mode: 'ok' | 'silent' | 'stored-but-silent' | 'refusing' | 'down' = 'ok'
  proofs: 'ok' | 'silent' = 'ok'
  readonly stored: { partition: number; id: string; kind: string; n: number; data: Record<string, unknown> }[] = []
  readonly #ids = new Map<string, number>()
  readonly #n = new Map<number, number>()
  readonly #drafts = new Map<PlacedRecord, RecordDraft>()
  onPublish: () => void = () => undefined

  connected(): boolean {
    return this.mode !== 'down'
  }

  place(partition: number, draft: RecordDraft): PlacedRecord {
    const n = (this.#n.get(partition) ?? 0) + 1
    this.#n.set(partition, n)
    return this.#remember(
      { partition, place: { producer: 'p', epoch: 'e', stream: `S${partition}`, n }, body: '' },
      draft,
    )
  }

  refill(record: PlacedRecord, draft: RecordDraft): PlacedRecord {
    return this.#remember({ ...record }, draft)
  }

  publish(record: PlacedRecord, messageId: string): Promise<Ack> {
    this.onPublish()
    const answer = this.#spend(`${record.partition} ${messageId}`, this.mode)
    const draft = this.#drafts.get(record)
    if (answer.fresh && draft) {
      const data = draft.data as Record<string, unknown>
      this.stored.push({ partition: record.partition, id: messageId, kind: draft.kind, n: record.place.n, data })
    }
    return Promise.resolve(answer.ack)
  }

  spendProof(messageId: string): Promise<Ack> {
    return Promise.resolve(this.#spend(`proof ${messageId}`, this.proofs === 'ok' ? this.mode : 'silent').ack)
  }

  lastSeq(): number {
    return this.#ids.size
  }

  /** Places that no stored record has, by partition. */
  holes(): string[] {
    const filled = new Set(this.stored.map(({ partition, n }) => `${partition}:${n}`))
    const taken = [...this.#n].flatMap(([partition, n]) => Array.from({ length: n }, (_, i) => `${partition}:${i + 1}`))
    return taken.filter((place) => !filled.has(place))
  }

  #remember(record: PlacedRecord, draft: RecordDraft): PlacedRecord {
    this.#drafts.set(record, draft)
    return record
  }

  #spend(id: string, mode: FakeRecorder['mode']): { ack: Ack; fresh: boolean } {
    if (mode === 'refusing' || mode === 'down') return { ack: { kind: 'not_stored' }, fresh: false }
    if (mode === 'silent') return { ack: { kind: 'unknown' }, fresh: false }
    const known = this.#ids.get(id)
    if (known !== undefined) return { ack: { kind: 'duplicate', seq: known }, fresh: false }
    this.#ids.set(id, this.#ids.size + 1)
    if (mode === 'stored-but-silent') return { ack: { kind: 'unknown' }, fresh: true }
    return { ack: { kind: 'stored', seq: this.#ids.size }, fresh: true }
  }
}
