import type { Entity } from '../domain/model.js'
import { subjectOf, type EntityKind, type RevokedToken } from '../domain/model.js'
import type {
  Change,
  CommittedChange,
  Held,
  Lookup,
  ProofStore,
  RegistryStore,
  Stored,
  WriteOptions,
} from '../domain/ports.js'
import { Prisma, type PrismaClient } from './generated/client.js'
import type { Transaction } from './database.js'
import { findRecord } from './find-record.js'
import { outboxRow, type OutboxTime } from './outbox-rows.js'
import { readHeld } from './read-held.js'
import { findRevocation, insertRevocation } from './revocations.js'
import { writeChanges } from './write-changes.js'

export interface PrismaRegistryOptions {
  readonly now: () => number
  /** UUIDv7 of a time in epoch milliseconds. */
  readonly uuid7: (now: number) => string
}

/** A large import is one transaction; nothing else may be in the way for long. */
const TRANSACTION = { maxWait: 3_000, timeout: 120_000 }
const OUTBOX_CHUNK = 500

class DryRun extends Error {
  constructor(readonly changes: CommittedChange[]) {
    super('dry run')
  }
}

/** The registry in PostgreSQL. */
export class PrismaRegistry implements RegistryStore, ProofStore {
  constructor(
    private readonly prisma: PrismaClient,
    private readonly options: PrismaRegistryOptions,
  ) {}

  find<K extends EntityKind>(kind: K, subject: readonly string[]): Promise<Stored<K> | undefined> {
    return findRecord(this.prisma, kind, subject)
  }

  async change(
    lookup: Lookup,
    plan: (held: Held) => readonly Change[],
    options: WriteOptions,
  ): Promise<CommittedChange[]> {
    try {
      return await this.prisma.$transaction(async (tx) => {
        const revision = await lockRegistry(tx)
        const changes = plan(await readHeld(tx, lookup))
        if (changes.length === 0) return []
        await writeChanges(tx, changes, revision + 1n)
        const rows = changes.map((change, at) => outboxRow(change, revision + 1n + BigInt(at), this.stamp(options)))
        await append(tx, rows)
        const committed = changes.map((change, at) => committedOf(change, Number(revision) + 1 + at))
        if (options.dryRun === true) throw new DryRun(committed)
        return committed
      }, TRANSACTION)
    } catch (error) {
      if (error instanceof DryRun) return error.changes
      throw error
    }
  }

  async revoke(token: RevokedToken, options: WriteOptions): Promise<{ revision: number; created: boolean }> {
    const known = await findRevocation(this.prisma, token)
    if (known !== undefined) return { revision: known, created: false }
    try {
      return { revision: await insertRevocation(this.prisma, token, this.stamp(options)), created: true }
    } catch (error) {
      // Somebody else committed the same one meanwhile; then this statement changed nothing, the revision included.
      const meanwhile = await findRevocation(this.prisma, token)
      if (meanwhile === undefined) throw error
      return { revision: meanwhile, created: false }
    }
  }

  async mayAct(clientId: string, jti: string): Promise<boolean> {
    const client = await this.prisma.client.findUnique({
      where: { clientId },
      select: { status: true, owner: { select: { status: true } } },
    })
    if (client?.status !== 'active' || client.owner.status !== 'active') return false
    return (await this.prisma.revokedToken.count({ where: { jti } })) === 0
  }

  async spendProof(id: string, expiresAt: Date): Promise<boolean> {
    const added = await this.prisma.$executeRaw`
      INSERT INTO spent_proof (id, expires_at) VALUES (${id}, ${expiresAt}) ON CONFLICT DO NOTHING`
    return added === 1
  }

  private stamp({ actor }: WriteOptions): OutboxTime {
    const now = this.options.now()
    return { actor, createdAt: now, eventId: this.options.uuid7(now) }
  }
}

/** Every writer waits here: revisions follow the order of commits, without gaps. */
async function lockRegistry(tx: Transaction): Promise<bigint> {
  const rows = await tx.$queryRaw<{ revision: bigint }[]>`SELECT revision FROM registry_state WHERE id = 1 FOR UPDATE`
  const revision = rows[0]?.revision
  if (revision === undefined) throw new Error('registry_state is empty: the migrations have not run')
  return revision
}

async function append(tx: Transaction, rows: Prisma.OutboxCreateManyInput[]): Promise<void> {
  for (let at = 0; at < rows.length; at += OUTBOX_CHUNK) {
    await tx.outbox.createMany({ data: rows.slice(at, at + OUTBOX_CHUNK) })
  }
  await tx.registryState.update({ where: { id: 1 }, data: { revision: { increment: rows.length } } })
}

const committedOf = ({ entity, action }: Change, revision: number): CommittedChange => ({
  kind: entity.kind,
  subject: subjectOf(entity satisfies Entity),
  action,
  revision,
})
