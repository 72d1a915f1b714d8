import underPressure from '@fastify/under-pressure'
import type { FastifyInstance } from 'fastify'
import { unavailable } from './known-errors.js'

/** Milliseconds of event loop delay, sampled four times a second, from which requests are shed. */
const MAX_DELAY_MS = 400
const SAMPLE_MS = 250
const MAX_ACTIVE = 512

export interface OverloadOptions {
  /** Requests in flight. */
  readonly active: () => number
  readonly maxActive: number | undefined
}

/** 503 with Retry-After, as early and cheaply as possible: what is taken in is finished in time. */
export function installOverloadShedding(
  http: FastifyInstance,
  { active, maxActive = MAX_ACTIVE }: OverloadOptions,
): void {
  http.addHook('onRequest', (_request, _reply, done) => {
    if (active() > maxActive) done(unavailable('Too many requests at once: try again a little later'))
    else done()
  })
  // Its plain error carries the code that the error mapping knows.
  void http.register(underPressure, { maxEventLoopDelay: MAX_DELAY_MS, sampleInterval: SAMPLE_MS })
}
