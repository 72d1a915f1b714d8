import type { JwsAlg } from '@tillit/oauth'
import { metrics } from '@tillit/service-kit'
import type { KeyKeeper } from '../domain/key-keeper.js'
import { nextRotation } from '../domain/key-schedule.js'

export interface GaugeOptions {
  readonly keeper: Pick<KeyKeeper, 'state'>
  readonly algs: readonly JwsAlg[]
  readonly backend: string
  readonly now: () => number
}

/** `tillit.key.age` and `tillit.key.next_rotation`, in seconds, by algorithm (operations.md, section 5). */
export function measureKeys({ keeper, algs, backend, now }: GaugeOptions): void {
  const readings = (read: (alg: JwsAlg) => number | undefined) =>
    algs.flatMap((alg) => {
      const value = read(alg)
      return value === undefined ? [] : [{ value: value / 1000, attributes: { alg, backend } }]
    })
  metrics.gauge('tillit.key.age', {
    unit: 's',
    description: 'Time since the active signing key became active',
    read: () => readings((alg) => ageOf(keeper, alg, now())),
  })
  metrics.gauge('tillit.key.next_rotation', {
    unit: 's',
    description: 'Time until the active signing key gives way to its spare',
    read: () =>
      readings((alg) => {
        const at = nextRotation(keeper.state?.keys ?? [], alg)
        return at === undefined ? undefined : at - now()
      }),
  })
}

function ageOf(keeper: Pick<KeyKeeper, 'state'>, alg: JwsAlg, now: number): number | undefined {
  const active = keeper.state?.keys.find((key) => key.alg === alg && key.status === 'active')
  return active === undefined ? undefined : now - (active.activatedAt ?? active.createdAt)
}
