import type { OutboxKind, Snapshot } from '../domain/outbox.js'
import type { Transaction } from './database.js'
import { apiOf, clientOf, delegationOf, organisationOf, withKeys, withTermsAndUnits } from './rows.js'

type Reader = (tx: Transaction, limit: number, after: readonly string[]) => Promise<Snapshot[]>
type Row = Omit<Snapshot, 'revision'> & { readonly revision: bigint }

const readers: { readonly [K in OutboxKind]: Reader } = {
  organisation: async (tx, take, [after = '']) => {
    const where = { orgnr: { gt: after } }
    const rows = await tx.organisation.findMany({ where, orderBy: { orgnr: 'asc' }, take, include: withTermsAndUnits })
    return rows.map((row) =>
      snapshot({ kind: 'organisation', subject: [row.orgnr], revision: row.revision, value: organisationOf(row) }),
    )
  },
  api: async (tx, take, [after = '']) => {
    const rows = await tx.api.findMany({ where: { audience: { gt: after } }, orderBy: { audience: 'asc' }, take })
    return rows.map((row) =>
      snapshot({ kind: 'api', subject: [row.audience], revision: row.revision, value: apiOf(row) }),
    )
  },
  client: async (tx, take, [after = '']) => {
    const where = { clientId: { gt: after } }
    const rows = await tx.client.findMany({ where, orderBy: { clientId: 'asc' }, take, include: withKeys })
    return rows.map((row) =>
      snapshot({ kind: 'client', subject: [row.clientId], revision: row.revision, value: clientOf(row) }),
    )
  },
  delegation: async (tx, take, [supplier = '', delegator = '']) => {
    const rows = await tx.delegation.findMany({
      where: { OR: [{ supplier: { gt: supplier } }, { supplier, delegator: { gt: delegator } }] },
      orderBy: [{ supplier: 'asc' }, { delegator: 'asc' }],
      take,
    })
    return rows.map((row) =>
      snapshot({
        kind: 'delegation',
        subject: [row.supplier, row.delegator],
        revision: row.revision,
        value: delegationOf(row),
      }),
    )
  },
  revoked: async (tx, take, [after = '']) => {
    const rows = await tx.revokedToken.findMany({ where: { jti: { gt: after } }, orderBy: { jti: 'asc' }, take })
    return rows.map(({ jti, exp, clientId, revision }) =>
      snapshot({ kind: 'revoked', subject: [jti], revision, value: { jti, clientId, exp: exp.getTime() / 1000 } }),
    )
  },
}
const kinds = Object.keys(readers) as OutboxKind[]

const snapshot = ({ revision, ...row }: Row): Snapshot => ({ ...row, revision: Number(revision) })

/** Records as they are now, kind by kind; fewer than `limit` means that the end is reached. */
export async function readPage(
  tx: Transaction,
  limit: number,
  after?: Pick<Snapshot, 'kind' | 'subject'>,
): Promise<Snapshot[]> {
  const page: Snapshot[] = []
  const start = after ? kinds.indexOf(after.kind) : 0
  for (const kind of kinds.slice(start)) {
    if (page.length >= limit) break
    page.push(...(await readers[kind](tx, limit - page.length, kind === after?.kind ? after.subject : [])))
  }
  return page
}
