import { metrics, type Logger } from '@tillit/service-kit'
import type { Observer } from '../domain/record-and-sign.js'
import type { Refusals } from '../domain/refusals.js'

export interface ObserveOptions {
  readonly refusals: Refusals
  readonly log: Logger
  readonly backend: string
}

/** Metrics, log and audit of the signing path. No identifier becomes a metric attribute. */
export function observeSigning({ refusals, log, backend }: ObserveOptions): Observer {
  const duration = metrics.histogram('tillit.sign.duration', {
    unit: 's',
    description: 'Time to make one signature',
    boundaries: [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1],
  })
  const replay = metrics.counter('tillit.dpop.replay', {
    unit: '{proof}',
    description: 'DPoP proofs refused by the signer',
  })
  const refused = metrics.counter('tillit.sign.refused', {
    unit: '{request}',
    description: 'Requests outside the policy',
  })
  const attributes = new Map<string, { alg: string; backend: string }>()
  return {
    refused: (requester, clientId, rule) => {
      refusals.count(requester, clientId, rule)
      refused.add(1, { rule })
    },
    proofRefused: (reason) => replay.add(1, { reason }),
    signed: (alg, milliseconds) => {
      const known = attributes.get(alg) ?? { alg, backend }
      attributes.set(alg, known)
      duration.record(milliseconds / 1000, known)
    },
    failed: (err) => log.error({ 'event.name': 'sign.failed', err }, 'A request could not be signed'),
  }
}
