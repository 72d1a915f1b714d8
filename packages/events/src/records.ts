import Type from 'typebox'
import type { Static } from 'typebox'
import { DecisionInputs } from './sign.js'

/**
 * The envelope of every record and event: CloudEvents 1.0, structured JSON, with the producer's gap-free sequence
 * as extension attributes. `id` is a UUIDv7 and `time` its millisecond, so that a record fixes its own partition.
 */
export const Envelope = Type.Object({
  specversion: Type.Literal('1.0'),
  id: Type.String(),
  /** `/tillit/<environment>/<service>` */
  source: Type.String(),
  type: Type.String(),
  time: Type.String(),
  traceparent: Type.Optional(Type.String()),
  /** `<service>/<instance>`, the random epoch it opened at start, the stream's name, and the place in it from 1. */
  producer: Type.String(),
  epoch: Type.String(),
  stream: Type.String(),
  n: Type.Integer({ minimum: 1 }),
  data: Type.Unknown(),
})
export type Envelope = Static<typeof Envelope>

export const eventTypes = {
  tokenIntent: 'no.tillit.token.intent.v1',
  tokenOutcome: 'no.tillit.token.outcome.v1',
  replayRefused: 'no.tillit.assertion.replay-refused.v1',
  assertionSpent: 'no.tillit.assertion.spent.v1',
  signRefused: 'no.tillit.sign.refused.v1',
  requestRefused: 'no.tillit.request.refused.v1',
  producerOpened: 'no.tillit.producer.opened.v1',
  producerHeartbeat: 'no.tillit.producer.heartbeat.v1',
  producerClosed: 'no.tillit.producer.closed.v1',
  registryChanged: 'no.tillit.registry.changed.v1',
  keyChanged: 'no.tillit.key.changed.v1',
  auditRead: 'no.tillit.audit.read.v1',
} as const
export type EventType = (typeof eventTypes)[keyof typeof eventTypes]

const Spend = Type.Object({ hash: Type.String(), exp: Type.Integer() })

/** What will be signed, recorded before it is. `tokenHash`: SHA-256 of the JWS signing input, base64url. */
export const TokenIntent = Type.Object({
  requester: Type.String(),
  clientId: Type.String(),
  jti: Type.String(),
  aud: Type.Union([Type.String(), Type.Array(Type.String())]),
  scope: Type.Array(Type.String()),
  iat: Type.Integer(),
  exp: Type.Integer(),
  alg: Type.String(),
  kid: Type.String(),
  jkt: Type.Optional(Type.String()),
  orgnrParent: Type.Optional(Type.String()),
  orgnrChild: Type.Optional(Type.String()),
  orgnrSupplier: Type.Optional(Type.String()),
  tokenHash: Type.String(),
  /** Absent for a signature without a client assertion. */
  spend: Type.Optional(Spend),
  proofHash: Type.Optional(Type.String()),
  inputs: Type.Optional(DecisionInputs),
})
export type TokenIntent = Static<typeof TokenIntent>

/** An intent that ended without a released signature. `about` names the intent's place in the sequence. */
export const TokenOutcome = Type.Object({
  jti: Type.String(),
  clientId: Type.String(),
  value: Type.Literal('unsigned'),
  reason: Type.Union([
    Type.Literal('unknown_ack'),
    Type.Literal('deadline'),
    Type.Literal('proof_replay'),
    Type.Literal('restart'),
    Type.Literal('sign_failed'),
  ]),
  about: Type.Object({ epoch: Type.String(), stream: Type.String(), n: Type.Integer() }),
})
export type TokenOutcome = Static<typeof TokenOutcome>

export const ReplayRefused = Type.Object({
  requester: Type.String(),
  clientId: Type.String(),
  purpose: Type.String(),
  spend: Spend,
})
export type ReplayRefused = Static<typeof ReplayRefused>

export const AssertionSpent = Type.Object({
  requester: Type.String(),
  clientId: Type.String(),
  purpose: Type.String(),
  spend: Spend,
})
export type AssertionSpent = Static<typeof AssertionSpent>

/** The signer's policy said no (J09). */
export const SignRefused = Type.Object({
  requester: Type.String(),
  clientId: Type.Optional(Type.String()),
  rule: Type.String(),
  count: Type.Integer(),
})
export type SignRefused = Static<typeof SignRefused>

/** Refused requests, aggregated per (endpoint, error, client, cause): an attacker cannot fill the log. */
export const RequestRefused = Type.Object({
  endpoint: Type.String(),
  error: Type.String(),
  cause: Type.String(),
  /** Present where the client is known to the registry; the text of an unknown one is never kept. */
  clientId: Type.Optional(Type.String()),
  organisation: Type.Optional(Type.String()),
  count: Type.Integer({ minimum: 1 }),
  first: Type.String(),
  last: Type.String(),
})
export type RequestRefused = Static<typeof RequestRefused>

/** Opened, heartbeat (every 5 s) and closed carry the last `n` of each stream (reliability.md, section 2). */
export const ProducerState = Type.Object({ last: Type.Record(Type.String(), Type.Integer()) })
export type ProducerState = Static<typeof ProducerState>

export const RegistryChanged = Type.Object({
  revision: Type.Integer(),
  kind: Type.String(),
  key: Type.String(),
  actor: Type.String(),
  action: Type.String(),
  organisation: Type.Optional(Type.String()),
  clientId: Type.Optional(Type.String()),
  jti: Type.Optional(Type.String()),
})
export type RegistryChanged = Static<typeof RegistryChanged>
