import { readFileSync } from 'node:fs'
import { connect, createInbox, nkeyAuthenticator } from '@nats-io/transport-node'
import type { NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node'
import { inboxPrefix, type Identity } from '@tillit/events'
import type { Status } from '@nats-io/nats-core'
import type { BaseConfigValues } from '../config.js'
import type { Logger } from '../log.js'
import { readTextFile } from '../secret-file.js'
import { NatsUnavailable } from './errors.js'

const CONNECT_TIMEOUT_MS = 2_000
const RECONNECT_WAIT_MS = 100
const RECONNECT_JITTER_MS = 400
/** A frozen server is noticed within about 6 s. */
const PING_MS = 2_000
const MAX_PINGS_OUT = 2

export interface ConnectOptions {
  readonly config: Pick<BaseConfigValues, 'NATS_URL' | 'NATS_NKEY_SEED_FILE' | 'NATS_CA_FILE' | 'INSTANCE_ID'>
  readonly identity: Identity
  readonly log: Logger
}

/** One connection, kept for ever: after the first success the client itself reconnects. */
export class Connection {
  readonly #options: ConnectOptions
  readonly #listeners = new Set<(connected: boolean) => void>()
  #connection: NatsConnection | undefined
  #up = false
  #closing = false

  constructor(options: ConnectOptions) {
    this.#options = options
  }

  get up(): boolean {
    return this.#up
  }

  /** Throws `NatsUnavailable` before the first connect. */
  get(): NatsConnection {
    if (!this.#connection) throw new NatsUnavailable('NATS is not connected yet')
    return this.#connection
  }

  onChange(listener: (connected: boolean) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  inbox(): string {
    return createInbox(inboxPrefix(this.#options.identity))
  }

  async open(): Promise<void> {
    const connection = await connect(this.#connectionOptions())
    this.#connection = connection
    this.#up = true
    void this.#follow(connection)
  }

  /** Sends what is queued, lets subscriptions finish, and closes. */
  async close(): Promise<void> {
    this.#closing = true
    const connection = this.#connection
    if (!connection || connection.isClosed()) return
    if (this.#up) await connection.drain().catch(() => connection.close())
    else await connection.close()
    this.#up = false
  }

  #connectionOptions(): NodeConnectionOptions {
    const { config, identity } = this.#options
    const seed = new TextEncoder().encode(readTextFile(config.NATS_NKEY_SEED_FILE))
    return {
      servers: [...config.NATS_URL],
      name: `${identity}/${config.INSTANCE_ID}`,
      authenticator: nkeyAuthenticator(seed),
      inboxPrefix: inboxPrefix(identity),
      timeout: CONNECT_TIMEOUT_MS,
      maxReconnectAttempts: -1,
      ignoreAuthErrorAbort: true,
      reconnectDelayHandler: () => RECONNECT_WAIT_MS + Math.random() * RECONNECT_JITTER_MS,
      pingInterval: PING_MS,
      maxPingOut: MAX_PINGS_OUT,
      ...(config.NATS_CA_FILE ? { tls: { ca: readFileSync(config.NATS_CA_FILE, 'utf8') } } : {}),
    }
  }

  async #follow(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) this.#note(status)
    const error = await connection.closed()
    this.#set(false)
    if (this.#closing) return
    // Never expected with endless reconnects. Without a connection this process is of no use: end it, to be started anew.
    queueMicrotask(() => {
      throw new NatsUnavailable('The NATS client gave up', error ? { cause: error } : undefined)
    })
  }

  #note(status: Status): void {
    const { log } = this.#options
    if (status.type === 'disconnect') {
      if (!this.#closing) log.warn({ 'event.name': 'nats.disconnected', server: status.server }, 'NATS is gone')
      this.#set(false)
    } else if (status.type === 'reconnect') {
      log.info({ 'event.name': 'nats.reconnected', server: status.server }, 'NATS is back')
      this.#set(true)
    } else if (status.type === 'error') {
      log.error({ 'event.name': 'nats.error', err: status.error }, 'NATS reported an error')
    }
  }

  #set(up: boolean): void {
    if (this.#up === up) return
    this.#up = up
    for (const listener of this.#listeners) listener(up)
  }
}
