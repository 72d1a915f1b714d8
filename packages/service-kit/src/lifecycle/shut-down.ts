import type { FastifyInstance } from 'fastify'
import type { Logger } from '../log.js'
import { within } from '../resilience/sleep.js'
import { flushTelemetry } from '../telemetry/sdk.js'
import type { Host } from './host.js'
import type { Part, Service } from './part.js'
import type { PrivatePort } from './private-port.js'

/** Parts that do not stop in this time are left behind, in milliseconds. */
const PART_MS = 5_000
/** Kept at the end of the grace for the way out. */
const RESERVE_MS = 250

export interface ShutDownOptions {
  readonly service: Service
  /** The parts that were started, in that order. */
  readonly parts: readonly Part[]
  readonly host: Host
  readonly privatePort: PrivatePort
}

/** The sequence of operations.md, section 4. Returns whether every step finished within the grace of SHUTDOWN_MS. */
export async function shutDown(options: ShutDownOptions): Promise<boolean> {
  const { config, log } = options.service
  const grace = Math.max(config.SHUTDOWN_MS - RESERVE_MS, 0)
  const finished = await within(grace, sequence(options))
  if (!finished) log.error({ 'event.name': 'service.stop_late' }, 'The grace is over: some parts did not stop')
  else log.info({ 'event.name': 'service.stopped' }, 'Stopped')
  return finished
}

async function sequence({ service, parts, host, privatePort }: ShutDownOptions): Promise<void> {
  const { http, log, config } = service
  // 1. Readiness says 503 by now; whoever has not read it yet is still served, and told to let go of the connection.
  http?.startDraining()
  await host.sleep(config.DRAIN_MS)
  // 2. Stop listening, finish what is in flight.
  if (http) await closeHttp(http, log)
  // 3. What is queued goes out.
  await Promise.all(parts.map((part) => step({ part, verb: 'flush', log })))
  await flushTelemetry()
  // 4. NATS, then the database: the reverse of the order in which they started.
  for (const part of parts.toReversed()) await step({ part, verb: 'stop', log })
  await privatePort.close()
}

async function closeHttp(http: FastifyInstance, log: Logger): Promise<void> {
  await http.close().catch((err: unknown) => log.error({ 'event.name': 'http.close_failed', err }, 'HTTP close failed'))
}

async function step({ part, verb, log }: { part: Part; verb: 'flush' | 'stop'; log: Logger }): Promise<void> {
  try {
    const done = await within(PART_MS, Promise.resolve(part[verb]?.()))
    if (!done) log.warn({ 'event.name': 'part.stop_late', part: part.name, verb }, 'A part took too long')
  } catch (err) {
    log.error({ 'event.name': 'part.stop_failed', part: part.name, verb, err }, 'A part failed to stop')
  }
}
