import { asks, RevokeRequest, type RevokeReply } from '@tillit/events'
import { isDatabaseUnavailable, type Logger, type Nats, type Part } from '@tillit/service-kit'
import { Value } from 'typebox/value'

export type Revoke = (token: { jti: string; exp: number; clientId: string }) => Promise<number | undefined>

const INVALID: RevokeReply = { ok: false, error: 'invalid' }

/** Answers `registry.req.revoke`: permissions let only the token service ask (helseid.md section 2, RFC 7009). */
export function answerRevoke(nats: Nats, revoke: Revoke, log: Logger): Part {
  const access = {
    limit: 'as many as the registry commits; 64 at once',
    audit: 'no.tillit.registry.changed.v1, revoked',
  }
  return nats.answer(asks.revokeToken, access, async (_caller, payload) =>
    JSON.stringify(await replyTo(payload, revoke, log)),
  )
}

/** Throws nothing: a failure is `unavailable`, and the asker may ask again, since the commit is idempotent. */
export async function replyTo(payload: Uint8Array, revoke: Revoke, log: Logger): Promise<RevokeReply> {
  const request = readRequest(payload)
  if (!request) return INVALID
  try {
    const revision = await revoke({ jti: request.jti, exp: request.exp, clientId: request.clientId })
    return revision === undefined ? INVALID : { ok: true, revision }
  } catch (err) {
    if (!isDatabaseUnavailable(err)) log.error({ 'event.name': 'revocation.failed', err }, 'revocation not committed')
    return { ok: false, error: 'unavailable' }
  }
}

function readRequest(payload: Uint8Array): RevokeRequest | undefined {
  if (payload.length > asks.revokeToken.maxBytes) return undefined
  try {
    const value: unknown = JSON.parse(Buffer.from(payload).toString('utf8'))
    return Value.Check(RevokeRequest, value) ? value : undefined
  } catch {
    return undefined
  }
}
