import type { RevokedToken } from '../domain/model.js'
import type { Transaction } from './database.js'
import type { OutboxTime } from './outbox-rows.js'

const expOf = ({ exp }: RevokedToken): Date => new Date(exp * 1000)

/** The revision at which a token was revoked. */
export async function findRevocation(tx: Transaction, token: RevokedToken): Promise<number | undefined> {
  const row = await tx.revokedToken.findUnique({ where: { jti_exp: { jti: token.jti, exp: expOf(token) } } })
  return row === null ? undefined : Number(row.revision)
}

/**
 * The next revision, the revocation and its outbox row in one statement: the registry's lock is held for one round trip,
 * so that revoking many tokens is bound by commits and not by the network. Throws when the token is revoked already.
 */
export async function insertRevocation(tx: Transaction, token: RevokedToken, time: OutboxTime): Promise<number> {
  const { jti, clientId } = token
  const rows = await tx.$queryRaw<{ revision: bigint }[]>`
    WITH next AS (
      UPDATE registry_state SET revision = revision + 1 WHERE id = 1 RETURNING revision
    ), revoked AS (
      INSERT INTO revoked_token (jti, exp, client_id, revision)
      SELECT ${jti}, ${expOf(token)}::timestamptz, ${clientId}, revision FROM next
    )
    INSERT INTO outbox (revision, created_at, event_id, kind, subject, action, actor, client_id, value)
    SELECT revision, ${new Date(time.createdAt)}::timestamptz, ${time.eventId}, 'revoked', ARRAY[${jti}], 'revoked',
      ${time.actor}, ${clientId}, ${JSON.stringify(token)}::jsonb
    FROM next
    RETURNING revision`
  const revision = rows[0]?.revision
  if (revision === undefined) throw new Error('registry_state is empty: the migrations have not run')
  return Number(revision)
}
