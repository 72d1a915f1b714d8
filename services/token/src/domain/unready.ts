import { temporarilyUnavailable } from '@tillit/oauth'
import type { ClientDeps } from './ports.js'

/** Reliability.md section 5: a process with a stale read model issues nothing; another one serves. */
export function checkReady(deps: Pick<ClientDeps, 'unready'>): void {
  const reason = deps.unready()
  if (reason !== undefined) {
    throw temporarilyUnavailable('This instance cannot decide just now: try again', 1, reason)
  }
}
