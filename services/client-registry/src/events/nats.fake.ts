import {
  NatsUnavailable,
  PublishRefused,
  PublishUnknown,
  type JetStreamPublishOptions,
  type PublishAck,
} from '@tillit/service-kit'
import type { BucketNats, Reply } from './bucket.js'

export interface Stored {
  readonly subject: string
  readonly seq: number
  readonly text: string
  readonly options: JetStreamPublishOptions
}

/** One JetStream in memory: sequences, message ids, compare-and-set and direct get. */
export class FakeNats implements BucketNats {
  readonly stored: Stored[] = []
  /** Set it and nothing is reached. */
  down = false
  /** Called before each publish; a throw stands for what the server or the network does. `stored` says whether it was kept. */
  disturb: ((subject: string) => 'lose-ack' | 'pass') | undefined

  publish(subject: string, payload: Uint8Array | string, options: JetStreamPublishOptions): Promise<PublishAck> {
    if (this.down) return Promise.reject(new NatsUnavailable('down'))
    const stream = subject.startsWith('$KV.') ? 'KV_registry' : 'REGISTRY_CHANGES'
    const twin = this.stored.find(({ options: { msgId } }) => msgId !== undefined && msgId === options.msgId)
    if (twin) return Promise.resolve({ duplicate: true, seq: twin.seq, stream })
    const last = this.lastOf(subject)?.seq ?? 0
    if (options.expectLastSubjectSequence !== undefined && options.expectLastSubjectSequence !== last) {
      return Promise.reject(new PublishRefused(10_071, `wrong last sequence: ${last}`))
    }
    const outcome = this.disturb?.(subject) ?? 'pass'
    const seq = this.stored.length + 1
    this.stored.push({ subject, seq, text: String(payload), options })
    if (outcome === 'lose-ack') return Promise.reject(new PublishUnknown('no acknowledgement'))
    return Promise.resolve({ duplicate: false, seq, stream })
  }

  readonly raw = {
    request: (subject: string): Promise<Reply> => {
      if (this.down) return Promise.reject(new NatsUnavailable('down'))
      const found = this.lastOf(subject.slice('$JS.API.DIRECT.GET.KV_registry.'.length))
      const headers = found
        ? { code: 0, description: '', get: (name: string) => (name === 'Nats-Sequence' ? String(found.seq) : '') }
        : { code: 404, description: 'Message Not Found', get: () => '' }
      return Promise.resolve({ data: Buffer.from(found?.text ?? ''), headers })
    },
  }

  lastOf(subject: string): Stored | undefined {
    return this.stored.findLast((one) => one.subject === subject)
  }

  /** Change events alone, parsed. */
  get told(): { n: number; id: string }[] {
    const events = this.stored.filter(({ subject }) => subject.startsWith('registry.change.'))
    return events.map(({ text }) => JSON.parse(text) as { n: number; id: string })
  }
}
