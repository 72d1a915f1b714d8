import type { Api, Client, Delegation, Entities, EntityKind, Organisation } from '../domain/model.js'
import type { Change } from '../domain/ports.js'
import type { Transaction } from './database.js'
import { apiRow, clientRow, delegationRow, keyRows, organisationRow, termsRows } from './rows.js'

interface Numbered<K extends EntityKind> {
  readonly value: Entities[K]
  readonly created: boolean
  readonly revision: bigint
}

/** Rows a statement: wide rows times this stay below PostgreSQL's limit of bound parameters. */
const CHUNK = 500

async function inChunks<T>(list: readonly T[], write: (chunk: T[]) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < list.length; at += CHUNK) await write(list.slice(at, at + CHUNK))
}

/** Writes the rows of numbered changes; `first` is the revision of the first one. Referred rows go before referring ones. */
export async function writeChanges(tx: Transaction, changes: readonly Change[], first: bigint): Promise<void> {
  const of = <K extends EntityKind>(kind: K): Numbered<K>[] =>
    changes.flatMap(({ entity, action }, at) =>
      entity.kind === kind
        ? [{ value: entity.value as Entities[K], created: action === 'created', revision: first + BigInt(at) }]
        : [],
    )
  await writeOrganisations(tx, of('organisation'))
  await writeApis(tx, of('api'))
  await writeClients(tx, of('client'))
  await writeDelegations(tx, of('delegation'))
}

async function writeOrganisations(tx: Transaction, changes: readonly Numbered<'organisation'>[]): Promise<void> {
  const row = ({ value, revision }: { value: Organisation; revision: bigint }) => ({
    ...organisationRow(value),
    revision,
  })
  const created = changes.filter((change) => change.created)
  // Main units come first in the list: a sub-unit's row refers to its main unit's.
  await inChunks(created, (chunk) => tx.organisation.createMany({ data: chunk.map(row) }))
  const updated = changes.filter((change) => !change.created)
  for (const change of updated) {
    const { orgnr, ...data } = row(change)
    await tx.organisation.update({ where: { orgnr }, data })
  }
  await inChunks(updated, (chunk) =>
    tx.acceptedTerms.deleteMany({ where: { orgnr: { in: chunk.map(({ value }) => value.orgnr) } } }),
  )
  const terms = changes.flatMap(({ value }) => termsRows(value))
  await inChunks(terms, (chunk) => tx.acceptedTerms.createMany({ data: chunk }))
}

async function writeApis(tx: Transaction, changes: readonly Numbered<'api'>[]): Promise<void> {
  const row = ({ value, revision }: { value: Api; revision: bigint }) => ({ ...apiRow(value), revision })
  const created = changes.filter((change) => change.created)
  await inChunks(created, (chunk) => tx.api.createMany({ data: chunk.map(row) }))
  for (const change of changes) {
    if (change.created) continue
    const { audience, ...data } = row(change)
    await tx.api.update({ where: { audience }, data })
  }
}

async function writeClients(tx: Transaction, changes: readonly Numbered<'client'>[]): Promise<void> {
  const row = ({ value, revision }: { value: Client; revision: bigint }) => ({ ...clientRow(value), revision })
  const created = changes.filter((change) => change.created)
  await inChunks(created, (chunk) => tx.client.createMany({ data: chunk.map(row) }))
  const updated = changes.filter((change) => !change.created)
  for (const change of updated) {
    const { clientId, ...data } = row(change)
    await tx.client.update({ where: { clientId }, data })
  }
  // All old keys go before any new one comes: a key may move from one listed client to another.
  await inChunks(updated, (chunk) =>
    tx.clientKey.deleteMany({ where: { clientId: { in: chunk.map(({ value }) => value.clientId) } } }),
  )
  const keys = changes.flatMap(({ value }) => keyRows(value))
  await inChunks(keys, (chunk) => tx.clientKey.createMany({ data: chunk }))
}

async function writeDelegations(tx: Transaction, changes: readonly Numbered<'delegation'>[]): Promise<void> {
  const row = ({ value, revision }: { value: Delegation; revision: bigint }) => ({ ...delegationRow(value), revision })
  const created = changes.filter((change) => change.created)
  await inChunks(created, (chunk) => tx.delegation.createMany({ data: chunk.map(row) }))
  for (const change of changes) {
    if (change.created) continue
    const { supplier, delegator, ...data } = row(change)
    await tx.delegation.update({ where: { supplier_delegator: { supplier, delegator } }, data })
  }
}
