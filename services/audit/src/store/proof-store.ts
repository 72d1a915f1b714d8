import type { PartitionStore, ProofStore } from '../domain/ports.js'
import type { Queries } from './database.js'

/** Spent DPoP proofs: the insert is the check, so that two replicas cannot both accept one. */
export function proofStore(queries: Queries, partitions: PartitionStore): ProofStore {
  return {
    spend: async (id, expiresAt) => {
      await partitions.ensure(expiresAt.getTime(), expiresAt.getTime())
      const count = await queries.$executeRaw`
        INSERT INTO spent_proof (id, exp) VALUES (${id}, ${expiresAt}) ON CONFLICT (id, exp) DO NOTHING`
      return count === 1
    },
  }
}
