import type { Service } from './part.js'
/** Runs a service until SIGTERM or SIGINT (operations.md, section 4). Config errors exit 78 before anything listens. */
export function run(_service: Service | Promise<Service> | (() => Service | Promise<Service>)): Promise<void> {
  throw new Error('not yet')
}
