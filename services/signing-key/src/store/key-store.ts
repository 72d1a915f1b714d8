import type { JwsAlg } from '@tillit/oauth'
import type { KeyRecord, KeyState, KeyStatus } from '../domain/key-state.js'
import type { KeyStore } from '../domain/ports.js'
import { Prisma, PrismaClient } from './generated/client.js'
import type { NonceSecret, SigningKey } from './generated/client.js'

/** One lock for all that this service changes: "keys" in ASCII. It falls with its transaction. */
const LOCK = 0x6b657973n
/** Milliseconds. Making RSA keys takes seconds, and other replicas wait for the lock meanwhile. */
const TRANSACTION = { maxWait: 5_000, timeout: 30_000 }
/** A slot is given up before another key takes it. */
const WRITE_ORDER: readonly KeyStatus[] = ['withdrawn', 'retired', 'active', 'prepublished']

type Reader = Pick<PrismaClient, 'signingKey' | 'nonceSecret' | 'publishedState'>

/** Keys and nonce secrets in PostgreSQL. */
export class PrismaKeyStore implements KeyStore {
  readonly #prisma: PrismaClient
  readonly #now: () => number

  constructor(prisma: PrismaClient, now: () => number) {
    this.#prisma = prisma
    this.#now = now
  }

  read(): Promise<KeyState> {
    const options = { isolationLevel: Prisma.TransactionIsolationLevel.RepeatableRead, maxWait: TRANSACTION.maxWait }
    return this.#prisma.$transaction((tx) => readState(tx), options)
  }

  change(decide: (state: KeyState) => Promise<KeyState | undefined>): Promise<KeyState> {
    return this.#prisma.$transaction(async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(${LOCK})`
      const before = await readState(tx)
      const wanted = await decide(before)
      if (wanted === undefined) return before
      const now = this.#now()
      const keysRevision = wanted.keys === before.keys ? before.keysRevision : nextRevision(before.keysRevision, now)
      const nonceRevision =
        wanted.secrets === before.secrets ? before.nonceRevision : nextRevision(before.nonceRevision, now)
      await writeKeys(tx, before, wanted)
      await writeSecrets(tx, before, wanted)
      await writeRevision(tx, 'keys', keysRevision)
      await writeRevision(tx, 'nonce', nonceRevision)
      return { ...wanted, keysRevision, nonceRevision }
    }, TRANSACTION)
  }
}

/** Never lower than the clock in seconds: a database restored from a backup still publishes revisions that win. */
const nextRevision = (last: number, now: number): number => Math.max(last + 1, Math.floor(now / 1000))

async function readState(db: Reader): Promise<KeyState> {
  const keys = await db.signingKey.findMany({ orderBy: [{ createdAt: 'asc' }, { kid: 'asc' }] })
  const secrets = await db.nonceSecret.findMany({ orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] })
  const states = await db.publishedState.findMany()
  const revisionOf = (name: string) => Number(states.find((state) => state.name === name)?.revision ?? 0n)
  return {
    keysRevision: revisionOf('keys'),
    keys: keys.map(keyOf),
    nonceRevision: revisionOf('nonce'),
    secrets: secrets.map(({ id, wrapped, createdAt }: NonceSecret) => ({
      id,
      wrapped,
      createdAt: createdAt.getTime(),
    })),
  }
}

const keyOf = (row: SigningKey): KeyRecord => ({
  kid: row.kid,
  alg: row.alg as JwsAlg,
  purpose: 'access',
  status: row.status as KeyStatus,
  publicJwk: row.publicJwk as Record<string, string>,
  wrapped: row.wrapped ?? undefined,
  createdAt: row.createdAt.getTime(),
  notBefore: row.notBefore.getTime(),
  activatedAt: row.activatedAt?.getTime(),
  removeAfter: row.removeAfter?.getTime(),
})

async function writeKeys(tx: Reader, before: KeyState, wanted: KeyState): Promise<void> {
  const gone = before.keys.filter((key) => !wanted.keys.some((other) => other.kid === key.kid))
  if (gone.length > 0) await tx.signingKey.deleteMany({ where: { kid: { in: gone.map((key) => key.kid) } } })
  const changed = wanted.keys.filter((key) => !before.keys.includes(key))
  for (const status of WRITE_ORDER) {
    for (const key of changed.filter((other) => other.status === status)) {
      const row = rowOf(key)
      await tx.signingKey.upsert({ where: { kid: key.kid }, create: row, update: row })
    }
  }
}

function rowOf(key: KeyRecord): Prisma.SigningKeyCreateInput {
  const isLive = key.status === 'active' || key.status === 'prepublished'
  const { kid, alg, purpose, status } = key
  return {
    kid,
    alg,
    purpose,
    status,
    slot: isLive ? `${purpose}/${alg}/${status}` : null,
    publicJwk: { ...key.publicJwk },
    wrapped: key.wrapped ? bytes(key.wrapped) : null,
    createdAt: new Date(key.createdAt),
    notBefore: new Date(key.notBefore),
    activatedAt: dateOf(key.activatedAt),
    removeAfter: dateOf(key.removeAfter),
  }
}

async function writeSecrets(tx: Reader, before: KeyState, wanted: KeyState): Promise<void> {
  if (wanted.secrets === before.secrets) return
  const kept = wanted.secrets.map((secret) => secret.id)
  await tx.nonceSecret.deleteMany({ where: { id: { notIn: kept } } })
  for (const secret of wanted.secrets.filter((other) => !before.secrets.includes(other))) {
    const row = { id: secret.id, wrapped: bytes(secret.wrapped), createdAt: new Date(secret.createdAt) }
    await tx.nonceSecret.upsert({ where: { id: secret.id }, create: row, update: row })
  }
}

async function writeRevision(tx: Reader, name: string, revision: number): Promise<void> {
  const row = { name, revision: BigInt(revision) }
  await tx.publishedState.upsert({ where: { name }, create: row, update: row })
}

const dateOf = (time: number | undefined): Date | null => (time === undefined ? null : new Date(time))

const bytes = (data: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(data)
