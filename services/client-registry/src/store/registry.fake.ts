import { subjectOf, type Entities, type EntityKind, type RevokedToken } from '../domain/model.js'
import type { Backlog, Lane, Outbox, OutboxKind, OutboxRow, Published, Snapshot } from '../domain/outbox.js'
import {
  delegationId,
  recordId,
  type Change,
  type CommittedChange,
  type Held,
  type Lookup,
  type ProofStore,
  type RegistryStore,
  type Stored,
  type WriteOptions,
} from '../domain/ports.js'

type Record_ = Snapshot & { readonly kind: EntityKind }
type Row = OutboxRow & { put: boolean; told: boolean }
const KINDS: readonly OutboxKind[] = ['organisation', 'api', 'client', 'delegation', 'revoked']

/** The registry in memory, for unit tests; `registrySuite` holds it to what the one in PostgreSQL does. */
export class FakeRegistry implements RegistryStore, ProofStore, Outbox {
  readonly rows: Row[] = []
  readonly #records = new Map<string, Record_>()
  readonly #revoked = new Map<string, RevokedToken & { revision: number }>()
  readonly #proofs = new Set<string>()
  #lanes: Record<Lane, Promise<unknown>> = { put: Promise.resolve(), tell: Promise.resolve() }
  /** Set it and every call fails with it, as a database does that has gone away. */
  failure: Error | undefined

  constructor(private readonly now: () => number) {}

  async find<K extends EntityKind>(kind: K, subject: readonly string[]): Promise<Stored<K> | undefined> {
    await this.#reach()
    const record = this.#records.get(recordId(kind, subject))
    return record && { ...(record.value as Entities[K]), revision: record.revision }
  }

  async change(
    lookup: Lookup,
    plan: (held: Held) => readonly Change[],
    options: WriteOptions,
  ): Promise<CommittedChange[]> {
    await this.#reach()
    const changes = plan(this.#held(lookup))
    const first = this.rows.length + 1
    const committed = changes.map(({ entity, action }, at) => ({
      kind: entity.kind,
      subject: subjectOf(entity),
      action,
      revision: first + at,
    }))
    if (options.dryRun === true) return committed
    changes.forEach(({ entity, action }, at) => {
      const subject = subjectOf(entity)
      const snapshot: Record_ = { kind: entity.kind, subject, revision: first + at, value: entity.value }
      this.#records.set(recordId(entity.kind, subject), snapshot)
      this.#append(snapshot, action, options)
    })
    return committed
  }

  async revoke(token: RevokedToken, options: WriteOptions): Promise<{ revision: number; created: boolean }> {
    await this.#reach()
    const id = `${token.jti} ${token.exp}`
    const known = this.#revoked.get(id)
    if (known) return { revision: known.revision, created: false }
    const revision = this.rows.length + 1
    this.#revoked.set(id, { ...token, revision })
    this.#append({ kind: 'revoked', subject: [token.jti], revision, value: { ...token } }, 'revoked', options)
    return { revision, created: true }
  }

  async mayAct(clientId: string, jti: string): Promise<boolean> {
    const client = await this.find('client', [clientId])
    const owner = client && (await this.find('organisation', [client.organisation]))
    const revoked = [...this.#revoked.values()].some((token) => token.jti === jti)
    return client?.status === 'active' && owner?.status === 'active' && !revoked
  }

  async spendProof(id: string, expiresAt: Date): Promise<boolean> {
    await this.#reach()
    const key = `${id} ${expiresAt.getTime()}`
    return !this.#proofs.has(key) && Boolean(this.#proofs.add(key))
  }

  async take(
    lane: Lane,
    limit: number,
    publish: (rows: readonly OutboxRow[]) => Promise<Published>,
  ): Promise<Published | undefined> {
    await this.#reach()
    const turn = this.#lanes[lane].then(async () => {
      const rows = this.rows.filter((row) => (lane === 'put' ? !row.put : row.put && !row.told)).slice(0, limit)
      if (rows.length === 0) return undefined
      const published = await publish(rows.map(({ put: _put, told: _told, ...row }) => row))
      for (const row of rows) if (published.done.includes(row.revision)) row[lane === 'put' ? 'put' : 'told'] = true
      return published
    })
    this.#lanes[lane] = turn.catch(() => undefined)
    return turn
  }

  async backlog(): Promise<Backlog> {
    await this.#reach()
    const untold = this.rows.filter((row) => !row.told)
    return { pending: untold.length, ...(untold[0] ? { oldest: untold[0].createdAt } : {}) }
  }

  async revision(): Promise<number> {
    await this.#reach()
    return this.rows.length
  }

  async recent(limit: number): Promise<Snapshot[]> {
    await this.#reach()
    const newest = this.rows.filter((row) => row.put).toReversed()
    const seen = new Set<string>()
    return newest.slice(0, limit).filter(({ kind, subject }) => {
      const id = JSON.stringify([kind, subject])
      return !seen.has(id) && Boolean(seen.add(id))
    })
  }

  async page(limit: number, after?: Pick<Snapshot, 'kind' | 'subject'>): Promise<Snapshot[]> {
    await this.#reach()
    const place = (one: Pick<Snapshot, 'kind' | 'subject'>): string =>
      [String(KINDS.indexOf(one.kind)), ...one.subject].join('\u0000')
    const revoked = [...this.#revoked.values()].map(({ revision, ...value }): Snapshot => ({
      kind: 'revoked',
      subject: [value.jti],
      revision,
      value,
    }))
    return [...this.#records.values(), ...revoked]
      .toSorted((a, b) => (place(a) < place(b) ? -1 : 1))
      .filter((one) => after === undefined || place(one) > place(after))
      .slice(0, limit)
  }

  #reach(): Promise<void> {
    return this.failure ? Promise.reject(this.failure) : Promise.resolve()
  }

  #append(snapshot: Snapshot, action: OutboxRow['action'], { actor }: WriteOptions): void {
    const eventId = `event-${snapshot.revision}`
    this.rows.push({
      ...snapshot,
      action,
      actor,
      eventId,
      createdAt: this.now(),
      ...about(snapshot),
      put: false,
      told: false,
    })
  }

  #held(lookup: Lookup): Held {
    const all = [...this.#records.values()]
    const valuesOf = <K extends EntityKind>(kind: K): Entities[K][] =>
      all.filter((one) => one.kind === kind).map((one) => one.value as Entities[K])
    const organisations = valuesOf('organisation')
    const named = organisations.filter(({ orgnr }) => lookup.organisations.includes(orgnr))
    const family = new Set(named.flatMap(({ orgnr, parent }) => (parent === undefined ? [orgnr] : [orgnr, parent])))
    const relatives = organisations.filter(({ orgnr, parent = '' }) => family.has(orgnr) || family.has(parent))
    const clients = valuesOf('client')
    const owners = clients.flatMap(({ keys, clientId }) =>
      keys.map(({ thumbprint }) => [thumbprint, clientId] as const),
    )
    return {
      organisations: new Map(relatives.map((one) => [one.orgnr, one])),
      apis: new Map(
        valuesOf('api').flatMap((one) => (lookup.apis.includes(one.audience) ? [[one.audience, one]] : [])),
      ),
      clients: new Map(clients.flatMap((one) => (lookup.clients.includes(one.clientId) ? [[one.clientId, one]] : []))),
      delegations: new Map(valuesOf('delegation').map((one) => [delegationId(one.supplier, one.delegator), one])),
      keyOwners: new Map(owners.filter(([thumbprint]) => lookup.keys.includes(thumbprint))),
      revisions: new Map(all.map((one) => [recordId(one.kind, one.subject), one.revision])),
    }
  }
}

function about({ kind, value }: Snapshot): { organisation?: string; clientId?: string } {
  const { orgnr, owner, organisation, delegator, clientId } = value as Record<string, string | undefined>
  const whose = { organisation: orgnr, api: owner, client: organisation, delegation: delegator, revoked: undefined }[
    kind
  ]
  return { ...(whose === undefined ? {} : { organisation: whose }), ...(clientId === undefined ? {} : { clientId }) }
}
