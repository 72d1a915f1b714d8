import type { Rules } from './environment.js'
import { planImport } from './plan-import.js'
import type { CommittedChange, RegistryStore, Relay, WriteOptions } from './ports.js'
import { ImportRefused, type Problem } from './problems.js'
import { lookupOf, readWish } from './wish.js'

export interface ImportResult {
  readonly changes: readonly CommittedChange[]
  /** Records of the document that are as it says already. */
  readonly unchanged: number
  readonly warnings: readonly Problem[]
  readonly dryRun: boolean
}

/**
 * All or nothing, idempotent. The document is a full upsert of what it lists and touches nothing else.
 *
 * 1. Right in itself? 2. Right beside what is held, under the registry's lock? 3. Commit, tell.
 * Throws `ImportRefused` with every problem of the first stage that finds any.
 */
export async function importDocument(
  value: unknown,
  options: WriteOptions,
  deps: { readonly store: RegistryStore; readonly relay: Relay; readonly rules: Rules },
): Promise<ImportResult> {
  const { wish, problems } = readWish(value, deps.rules)
  if (!wish || problems.length > 0) throw new ImportRefused(problems)
  const changes = await deps.store.change(lookupOf(wish), (held) => planImport(wish, held), options)
  if (changes.length > 0 && options.dryRun !== true) deps.relay.kick()
  const listed = wish.organisations.length + wish.apis.length + wish.clients.length + wish.delegations.length
  const unchanged = Math.max(0, listed - changes.length)
  return { changes, unchanged, warnings: wish.warnings, dryRun: options.dryRun === true }
}
