import Type from 'typebox'
import type { Static } from 'typebox'

/** token -> client-registry: this token is no longer valid. Times are NumericDate seconds. */
export const RevokeRequest = Type.Object(
  {
    jti: Type.String({ minLength: 1, maxLength: 128 }),
    exp: Type.Integer({ minimum: 0 }),
    clientId: Type.String({ minLength: 1, maxLength: 256 }),
    reason: Type.Literal('client_request'),
  },
  { additionalProperties: false },
)
export type RevokeRequest = Static<typeof RevokeRequest>

export const RevokeReply = Type.Union([
  Type.Object({ ok: Type.Literal(true), revision: Type.Integer() }),
  Type.Object({ ok: Type.Literal(false), error: Type.Union([Type.Literal('invalid'), Type.Literal('unavailable')]) }),
])
export type RevokeReply = Static<typeof RevokeReply>
