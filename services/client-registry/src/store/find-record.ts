import type { Entities, EntityKind } from '../domain/model.js'
import type { Stored } from '../domain/ports.js'
import type { Transaction } from './database.js'
import { apiOf, clientOf, delegationOf, organisationOf, withKeys, withTermsAndUnits } from './rows.js'

type Finder<K extends EntityKind> = (tx: Transaction, subject: readonly string[]) => Promise<Stored<K> | undefined>

const numbered = <T extends Entities[EntityKind]>(value: T, revision: bigint): T & { revision: number } => ({
  ...value,
  revision: Number(revision),
})

const finders: { readonly [K in EntityKind]: Finder<K> } = {
  organisation: async (tx, [orgnr = '']) => {
    const row = await tx.organisation.findUnique({ where: { orgnr }, include: withTermsAndUnits })
    return row === null ? undefined : numbered(organisationOf(row), row.revision)
  },
  api: async (tx, [audience = '']) => {
    const row = await tx.api.findUnique({ where: { audience } })
    return row === null ? undefined : numbered(apiOf(row), row.revision)
  },
  client: async (tx, [clientId = '']) => {
    const row = await tx.client.findUnique({ where: { clientId }, include: withKeys })
    return row === null ? undefined : numbered(clientOf(row), row.revision)
  },
  delegation: async (tx, [supplier = '', delegator = '']) => {
    const row = await tx.delegation.findUnique({ where: { supplier_delegator: { supplier, delegator } } })
    return row === null ? undefined : numbered(delegationOf(row), row.revision)
  },
}

export const findRecord = <K extends EntityKind>(
  tx: Transaction,
  kind: K,
  subject: readonly string[],
): Promise<Stored<K> | undefined> => finders[kind](tx, subject)
