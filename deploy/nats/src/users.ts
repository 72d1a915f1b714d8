import { connect, nkeyAuthenticator } from '@nats-io/transport-node'
import type { NatsConnection } from '@nats-io/transport-node'
import { createUser } from '@nats-io/nkeys'
import { inboxPrefix } from '@tillit/events'
import type { Identity } from '@tillit/events'
import { identities } from './permissions.js'

/** An nkey pair: the seed is the secret of one identity, the public key stands in the server's configuration. */
export interface User {
  readonly seed: string
  readonly public: string
}

/** A fresh user for every identity. */
export function newUsers(): Record<Identity, User> {
  return Object.fromEntries(identities.map((identity) => [identity, newUser()])) as Record<Identity, User>
}

function newUser(): User {
  const pair = createUser()
  return { seed: new TextDecoder().decode(pair.getSeed()), public: pair.getPublicKey() }
}

/** The public keys alone, as `serverConfig` takes them. */
export function publicKeys(users: Record<Identity, User>): Record<Identity, string> {
  return Object.fromEntries(identities.map((identity) => [identity, users[identity].public])) as Record<
    Identity,
    string
  >
}

export interface ConnectOptions {
  /** One address, or several with commas between. */
  readonly url: string
  readonly seed: string
  readonly caFile?: string
}

/** A plain connection as `identity` with its private inbox: for provisioning and tests, not for services. */
export function connectAs(identity: Identity, { url, seed, caFile }: ConnectOptions): Promise<NatsConnection> {
  return connect({
    servers: url.split(',').map((one) => one.trim()),
    authenticator: nkeyAuthenticator(new TextEncoder().encode(seed.trim())),
    inboxPrefix: inboxPrefix(identity),
    name: identity,
    ...(caFile === undefined ? {} : { tls: { caFile } }),
  })
}
