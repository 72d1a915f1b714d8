import { startConstellation } from './constellation.js'
import type { Constellation, ConstellationOptions } from './constellation.js'
import { Progress, say } from './terminal.js'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * The frame of demo and up: starts a constellation with a line of progress, runs `work`, and stops everything whatever
 * happens, also on Ctrl-C. The process ends with the status that tells how it went.
 */
export async function runConstellation(
  options: ConstellationOptions,
  work: (constellation: Constellation, interrupted: Promise<void>) => Promise<void>,
): Promise<void> {
  const interruption = new Promise<void>((resolve) => {
    for (const signal of SIGNALS) process.on(signal, () => resolve())
  })
  const state = { interrupted: false }
  void interruption.then(() => {
    state.interrupted = true
    // Asked twice: go at once. The run's reaper ends what is left.
    for (const signal of SIGNALS) process.on(signal, () => process.exit(130))
  })
  let constellation: Constellation | undefined
  try {
    constellation = await started(options)
    if (!state.interrupted) await work(constellation, interruption)
  } catch (error) {
    if (!state.interrupted) say(`\n${(error as Error).message}`)
    process.exitCode = state.interrupted ? 130 : 1
  }
  await stopped(constellation)
  process.exit(process.exitCode ?? 0)
}

async function started(options: ConstellationOptions): Promise<Constellation> {
  const progress = new Progress('start')
  try {
    const constellation = await startConstellation({
      ...fromEnvironment(),
      ...options,
      say: (text) => progress.doing(text),
    })
    progress.done(`${constellation.supervisor.names().length} processes, ready at ${constellation.issuer}`)
    return constellation
  } catch (error) {
    progress.failed()
    throw error
  }
}

async function stopped(constellation: Constellation | undefined): Promise<void> {
  if (constellation === undefined) return
  const progress = new Progress('stop')
  progress.doing('services, gateway, NATS, PostgreSQL')
  await constellation.stop()
  progress.done('every process has ended')
}

/** The variables that a person may set; everything else is chosen at start. */
function fromEnvironment(env: NodeJS.ProcessEnv = process.env): ConstellationOptions {
  const { DATABASE_URL, NATS_URL, GATEWAY_PORT } = env
  return {
    ...(DATABASE_URL && { databaseUrl: DATABASE_URL }),
    ...(NATS_URL && { natsUrl: NATS_URL }),
    ...(GATEWAY_PORT && { gatewayPort: Number(GATEWAY_PORT) }),
  }
}
