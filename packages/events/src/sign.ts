import Type from 'typebox'
import type { Static } from 'typebox'

const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength })
const Time = Type.Integer({ minimum: 0 })

/** A client assertion to spend: single use in the namespace of its client, over every endpoint (B03). */
export const AssertionSpend = Type.Object(
  { clientId: Text(256), jti: Text(256), exp: Time },
  { additionalProperties: false },
)
/** A DPoP proof to spend: single use in the namespace of its key (D01). `exp` = proof `iat` + 120 s. */
export const ProofSpend = Type.Object({ jkt: Text(64), jti: Text(256), exp: Time }, { additionalProperties: false })

/** What the decision was made from; it goes into the record, so that a token can be explained. */
export const DecisionInputs = Type.Object(
  {
    grant: Text(64),
    scopeRequested: Type.Union([Type.Array(Text(256)), Type.Null()]),
    scopeRejected: Type.Array(Text(256)),
    resource: Type.Array(Text(512)),
    organisation: Type.Optional(
      Type.Object({ parent: Text(9), child: Type.Optional(Text(9)), supplier: Type.Optional(Text(9)) }),
    ),
    /** Registry revision of each entry that was read: `client`, `org.<nr>`, `api.<audience>`, `delegation.<s>.<o>`. */
    revisions: Type.Record(Type.String(), Type.Integer()),
    assertionKid: Type.Optional(Text(256)),
    flagsUsed: Type.Array(Text(64)),
  },
  { additionalProperties: false },
)
export type DecisionInputs = Static<typeof DecisionInputs>

/** One JWT to sign. The signer adds `kid` and the active key; `claims` are complete otherwise. */
export const TokenToSign = Type.Object(
  { typ: Text(32), alg: Text(16), claims: Type.Record(Type.String(), Type.Unknown()) },
  { additionalProperties: false },
)

/** One request: spend, and where `access` is present record and sign. One assertion makes one request. */
export const SignRequest = Type.Object(
  {
    /** UUIDv7 of the request, the record's id. */
    id: Text(36),
    traceparent: Type.Optional(Text(64)),
    /** Why it is spent: `token.issued`, `token.revoked`, `token.introspected`. */
    purpose: Text(64),
    assertion: Type.Optional(AssertionSpend),
    proof: Type.Optional(ProofSpend),
    access: Type.Optional(TokenToSign),
    inputs: Type.Optional(DecisionInputs),
  },
  { additionalProperties: false },
)
export type SignRequest = Static<typeof SignRequest>

/** Up to 32 requests; `deadline` in epoch milliseconds: after it nothing is signed. */
export const SignBatch = Type.Object(
  { v: Type.Literal(1), deadline: Type.Integer(), requests: Type.Array(SignRequest, { minItems: 1, maxItems: 32 }) },
  { additionalProperties: false },
)
export type SignBatch = Static<typeof SignBatch>

/**
 * `replay`: the assertion was used before. `proof_replay`: the proof was. `policy`: the signer refuses what was asked.
 * `unavailable`: no acknowledged record before the deadline; a retry needs a fresh assertion.
 */
export const SignError = Type.Union([
  Type.Literal('replay'),
  Type.Literal('proof_replay'),
  Type.Literal('policy'),
  Type.Literal('unavailable'),
])
export type SignError = Static<typeof SignError>

export const SignResult = Type.Union([
  Type.Object({ ok: Type.Literal(true), access: Type.Optional(Type.String()) }),
  Type.Object({ ok: Type.Literal(false), error: SignError, detail: Type.Optional(Type.String()) }),
])
export type SignResult = Static<typeof SignResult>

/** Results in the order of the requests. */
export const SignBatchReply = Type.Object({ v: Type.Literal(1), results: Type.Array(SignResult) })
export type SignBatchReply = Static<typeof SignBatchReply>
