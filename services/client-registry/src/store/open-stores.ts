import { uuid7, type DatabaseConfigValues, type Logger } from '@tillit/service-kit'
import { openDatabase, type Database } from './database.js'
import { PrismaOutbox } from './prisma-outbox.js'
import { PrismaRegistry } from './prisma-registry.js'

export interface Stores {
  readonly database: Database
  readonly store: PrismaRegistry
  readonly outbox: PrismaOutbox
}

/** What this service keeps in PostgreSQL; `now` in epoch milliseconds. */
export function openStores(config: DatabaseConfigValues, log: Logger, now: () => number): Stores {
  const database = openDatabase(config, log)
  return {
    database,
    store: new PrismaRegistry(database.prisma, { now, uuid7 }),
    outbox: new PrismaOutbox(database.prisma, now),
  }
}
