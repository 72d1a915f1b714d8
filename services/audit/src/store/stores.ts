import type { DatabasePoolOptions } from '@tillit/service-kit'
import type { EventStore, GapStore, PartitionStore, ProofStore } from '../domain/ports.js'
import { openDatabase, refusesData } from './database.js'
import type { Database } from './database.js'
import { eventStore } from './event-store.js'
import { gapStore } from './gap-store.js'
import { partitionStore } from './partitions.js'
import { proofStore } from './proof-store.js'

export interface Stores {
  readonly database: Database
  readonly partitions: PartitionStore
  readonly events: EventStore
  readonly gaps: GapStore
  readonly proofs: ProofStore
  readonly refusesData: (err: unknown) => boolean
}

/** Every store of audit on one pool. */
export function openStores(pool: DatabasePoolOptions): Stores {
  const database = openDatabase(pool)
  const partitions = partitionStore(database.prisma)
  return {
    database,
    partitions,
    events: eventStore(database, partitions),
    gaps: gapStore(database),
    proofs: proofStore(database.prisma, partitions),
    refusesData,
  }
}
