import { PrismaPg } from '@prisma/adapter-pg'
import { databasePool } from '@tillit/service-kit'
import type { DatabaseConfigValues, Part } from '@tillit/service-kit'
import { PrismaClient } from './generated/client.js'
import { PrismaKeyStore } from './key-store.js'

/** The service's own database. The part closes its pool; it does not connect before the first query. */
export function openDatabase(config: DatabaseConfigValues, now: () => number): { store: PrismaKeyStore; part: Part } {
  const prisma = new PrismaClient({ adapter: new PrismaPg(databasePool(config)) })
  return { store: new PrismaKeyStore(prisma, now), part: { name: 'database', stop: () => prisma.$disconnect() } }
}
