import type { FastifyInstance } from 'fastify'
import type { BaseConfigValues } from '../config.js'
import type { Logger } from '../log.js'

/** Something that a service starts, watches and stops. Every member but `name` is optional. */
export interface Part {
  readonly name: string
  /** Resolves when the part can do its work. A rejection is retried with backoff; the service is unready meanwhile. */
  start?(): Promise<void>
  /** `true`, or why this process should get no traffic just now: a short text for `/readyz`, never a secret. */
  ready?(): true | string
  /** Sends what is still queued. Called after the last request, while every part still works. */
  flush?(): Promise<void>
  /** Called in the reverse order of `start`. */
  stop?(): Promise<void>
}

export interface Service {
  readonly name: string
  readonly log: Logger
  /** In the order of starting: what others need comes first. */
  readonly parts: readonly Part[]
  /** The public server; absent where nothing is served but NATS. */
  readonly http?: FastifyInstance
  readonly config: BaseConfigValues
}
