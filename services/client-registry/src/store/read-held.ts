import type { Api, Client, Delegation, Organisation } from '../domain/model.js'
import { delegationId, recordId, type Held, type Lookup } from '../domain/ports.js'
import type { Transaction } from './database.js'
import { apiOf, clientOf, delegationOf, organisationOf, withKeys, withTermsAndUnits } from './rows.js'

/** Below PostgreSQL's limit of bound parameters. */
const CHUNK = 5_000

async function inChunks<T, R>(list: readonly T[], read: (chunk: T[]) => Promise<R[]>): Promise<R[]> {
  const found: R[] = []
  for (let at = 0; at < list.length; at += CHUNK) found.push(...(await read(list.slice(at, at + CHUNK))))
  return found
}

/** Reads what a change looks at; organisations with their families: main units and all their sub-units. */
export async function readHeld(tx: Transaction, lookup: Lookup): Promise<Held> {
  const revisions = new Map<string, number>()
  return {
    organisations: await readOrganisations(tx, lookup.organisations, revisions),
    apis: await readApis(tx, lookup.apis, revisions),
    clients: await readClients(tx, lookup.clients, revisions),
    delegations: await readDelegations(tx, lookup.delegations, revisions),
    keyOwners: await readKeyOwners(tx, lookup.keys),
    revisions,
  }
}

type Revisions = Map<string, number>

async function readOrganisations(
  tx: Transaction,
  named: readonly string[],
  revisions: Revisions,
): Promise<Map<string, Organisation>> {
  const held = new Map<string, Organisation>()
  const take = async (numbers: readonly string[], member: 'orgnr' | 'parent'): Promise<void> => {
    const rows = await inChunks(numbers, (chunk) =>
      tx.organisation.findMany({ where: { [member]: { in: chunk } }, include: withTermsAndUnits }),
    )
    for (const row of rows) {
      held.set(row.orgnr, organisationOf(row))
      revisions.set(recordId('organisation', [row.orgnr]), Number(row.revision))
    }
  }
  await take(named, 'orgnr')
  const parents = [...held.values()].flatMap(({ parent }) => (parent === undefined || held.has(parent) ? [] : [parent]))
  await take([...new Set(parents)], 'orgnr')
  const mains = [...held.values()].filter(({ parent }) => parent === undefined)
  await take(
    mains.map(({ orgnr }) => orgnr),
    'parent',
  )
  return held
}

async function readApis(tx: Transaction, named: readonly string[], revisions: Revisions): Promise<Map<string, Api>> {
  const rows = await inChunks(named, (chunk) => tx.api.findMany({ where: { audience: { in: chunk } } }))
  for (const row of rows) revisions.set(recordId('api', [row.audience]), Number(row.revision))
  return new Map(rows.map((row) => [row.audience, apiOf(row)]))
}

async function readClients(
  tx: Transaction,
  named: readonly string[],
  revisions: Revisions,
): Promise<Map<string, Client>> {
  const rows = await inChunks(named, (chunk) =>
    tx.client.findMany({ where: { clientId: { in: chunk } }, include: withKeys }),
  )
  for (const row of rows) revisions.set(recordId('client', [row.clientId]), Number(row.revision))
  return new Map(rows.map((row) => [row.clientId, clientOf(row)]))
}

async function readDelegations(
  tx: Transaction,
  named: Lookup['delegations'],
  revisions: Revisions,
): Promise<Map<string, Delegation>> {
  const rows = await inChunks([...new Set(named.map(([supplier]) => supplier))], (chunk) =>
    tx.delegation.findMany({ where: { supplier: { in: chunk } } }),
  )
  for (const row of rows) revisions.set(recordId('delegation', [row.supplier, row.delegator]), Number(row.revision))
  return new Map(rows.map((row) => [delegationId(row.supplier, row.delegator), delegationOf(row)]))
}

async function readKeyOwners(tx: Transaction, thumbprints: readonly string[]): Promise<Map<string, string>> {
  const rows = await inChunks(thumbprints, (chunk) =>
    tx.clientKey.findMany({ where: { thumbprint: { in: chunk } }, select: { thumbprint: true, clientId: true } }),
  )
  return new Map(rows.map((row) => [row.thumbprint, row.clientId]))
}
