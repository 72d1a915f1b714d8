import { OAuthError, type GrantType } from '@tillit/oauth'
import { metrics, type Logger } from '@tillit/service-kit'
import type { Client } from '../domain/model.js'
import type { Endpoint, Journal, RequestTrail, Stage } from '../domain/ports.js'
import { causeOf, codeOf } from './cause.js'
import type { Refusals } from './refusals.js'

export interface JournalOptions {
  readonly refusals: Pick<Refusals, 'add' | 'warn'>
  readonly log: Logger
  /** Milliseconds, monotonic. */
  readonly clock: () => number
}

type Attributes = Readonly<Record<string, string>>

/** One request in so many has its stages timed: a histogram needs a sample, and the hot path needs the time. */
const SAMPLE = 16
/** One alarm of a kind a second reaches the log; the refusals carry the count. */
const ALARM_MS = 1_000

export function createJournal({ refusals, log, clock }: JournalOptions): Journal {
  const requests = metrics.counter('tillit.token.request', {
    unit: '{request}',
    description: 'Token requests by outcome',
  })
  const stages = metrics.histogram('tillit.token.stage.duration', {
    unit: 's',
    description: 'Time in each stage, sampled',
  })
  const limited = metrics.counter('tillit.rate_limit.rejected', {
    unit: '{request}',
    description: 'Requests over a rate',
  })
  const replays = metrics.counter('tillit.dpop.replay', { unit: '{proof}', description: 'DPoP proofs used again' })
  const alarms = new Map<string, number>()
  let count = 0

  class OpenTrail implements RequestTrail {
    readonly #endpoint: Endpoint
    readonly #timed: boolean
    #stage: Stage = 'request'
    #since: number
    #client: Client | undefined
    #grantType: GrantType | undefined

    constructor(endpoint: Endpoint) {
      this.#endpoint = endpoint
      this.#timed = count++ % SAMPLE === 0
      this.#since = this.#timed ? clock() : 0
    }

    enter(stage: Stage): void {
      this.#time()
      this.#stage = stage
    }

    asks(grantType: GrantType): void {
      this.#grantType = grantType
    }

    knows(client: Client): void {
      this.#client = client
    }

    warn(cause: string): void {
      refusals.warn({ endpoint: this.#endpoint, error: 'none', cause, clientId: this.#client?.clientId })
    }

    alarm(cause: string, detail: string): void {
      const now = clock()
      if (now - (alarms.get(cause) ?? -Infinity) < ALARM_MS) return
      alarms.set(cause, now)
      log.error(
        { 'event.name': `security.${cause}`, endpoint: this.#endpoint, 'client.id': this.#client?.clientId, detail },
        'The signer and this process disagree',
      )
    }

    done(): void {
      this.#time()
      if (this.#endpoint === 'token') requests.add(1, this.#grantType === MACHINE ? ISSUED : this.#labels('issued'))
    }

    refused(error: unknown): void {
      this.#time()
      const code = codeOf(error)
      const cause = causeOf(error, this.#stage)
      if (this.#endpoint === 'token') requests.add(1, { ...this.#labels('refused'), 'oauth.error': code })
      if (cause === 'proof_replay') replays.add(1, { reason: 'token' })
      if (code === 'slow_down') limited.add(1, { reason: 'client' })
      // The first step of every client's conversation is no refusal.
      if (code === 'use_dpop_nonce') return
      const { clientId, organisation } = this.#client ?? {}
      const told = error instanceof OAuthError ? error.publicText : 'Unexpected'
      refusals.add({ endpoint: this.#endpoint, error: code, cause, clientId, organisation }, withoutLongNumbers(told))
    }

    #labels(outcome: string): Attributes {
      return { grant_type: this.#grantType ?? 'none', auth_method: 'private_key_jwt', outcome }
    }

    #time(): void {
      if (!this.#timed) return
      const now = clock()
      stages.record((now - this.#since) / 1_000, { stage: this.#stage })
      this.#since = now
    }
  }
  return { open: (endpoint) => new OpenTrail(endpoint) }
}

const MACHINE: GrantType = 'client_credentials'
/** The common case makes no object. */
const ISSUED: Attributes = { grant_type: MACHINE, auth_method: 'private_key_jwt', outcome: 'issued' }

/** What a caller was told may quote its own text; a number as long as a personal one stays out of the log. */
function withoutLongNumbers(text: string): string {
  return text.replace(/\d{11,}/g, '[number]')
}
