import { describe, expect, it } from '@jest/globals'
import type { JwsAlg } from '@tillit/oauth'
import { nextRotation, nextSecretId, nonceSecretDue, planEmergency, planKeys } from './key-schedule.js'
import type { KeyRecord, KeyStatus } from './key-state.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOW = 1_000 * DAY
const policy = { algs: ['ES256'] as JwsAlg[], maxTokenLifetimeMs: HOUR }

const key = (kid: string, status: KeyStatus, change: Partial<KeyRecord> = {}): KeyRecord => ({
  kid,
  alg: 'ES256',
  purpose: 'access',
  status,
  publicJwk: {},
  wrapped: Buffer.of(1),
  createdAt: NOW,
  notBefore: NOW,
  activatedAt: undefined,
  removeAfter: undefined,
  ...change,
})

const steady = (activeAgeMs: number, spareNotBefore = 0): KeyRecord[] => [
  key('a', 'active', { activatedAt: NOW - activeAgeMs }),
  key('s', 'prepublished', { notBefore: spareNotBefore }),
]

describe('planKeys', () => {
  it('makes one active key and one spare, known 48 h ahead, where there is none', () => {
    expect(planKeys([], policy, NOW)).toEqual([
      { do: 'create', alg: 'ES256', status: 'active', notBefore: NOW },
      { do: 'create', alg: 'ES256', status: 'prepublished', notBefore: NOW + 48 * HOUR },
    ])
  })

  it('leaves a steady state alone until the active key is 30 days old', () => {
    expect(planKeys(steady(30 * DAY - 1), policy, NOW)).toEqual([])
    expect(planKeys(steady(30 * DAY), policy, NOW)).toEqual([
      { do: 'retire', kid: 'a', alg: 'ES256', removeAfter: NOW + HOUR + 24 * HOUR },
      { do: 'activate', kid: 's', alg: 'ES256' },
      { do: 'create', alg: 'ES256', status: 'prepublished', notBefore: NOW + 48 * HOUR },
    ])
  })

  it('never signs with a spare that relying parties have known for less than 48 h', () => {
    expect(planKeys(steady(31 * DAY, NOW + 1), policy, NOW)).toEqual([])
    expect(nextRotation(steady(31 * DAY, NOW + 5), 'ES256')).toBe(NOW + 5)
  })

  it('makes a spare where it is missing, and an active key from the spare where that is missing', () => {
    expect(planKeys([key('a', 'active')], policy, NOW)).toEqual([expect.objectContaining({ status: 'prepublished' })])
    expect(planKeys([key('s', 'prepublished')], policy, NOW)).toEqual([
      { do: 'activate', kid: 's', alg: 'ES256' },
      expect.objectContaining({ do: 'create', status: 'prepublished' }),
    ])
  })

  it('removes a retired or withdrawn key when the last token has died and 24 h have passed', () => {
    const gone = key('r', 'retired', { removeAfter: NOW })
    const kept = key('w', 'withdrawn', { removeAfter: NOW + 1 })
    expect(planKeys([...steady(DAY), gone, kept], policy, NOW)).toEqual([{ do: 'remove', kid: 'r', alg: 'ES256' }])
  })

  it('retires the keys of an algorithm that is no longer allowed', () => {
    const keys = steady(DAY).map((one) => ({ ...one, alg: 'RS256' as const }))
    expect(planKeys([...steady(DAY), ...keys], policy, NOW).map((step) => step.do)).toEqual(['retire', 'retire'])
  })

  it('looks at each algorithm apart', () => {
    const steps = planKeys(steady(DAY), { ...policy, algs: ['ES256', 'PS256'] }, NOW)
    expect(steps.map((step) => [step.do, step.alg])).toEqual([
      ['create', 'PS256'],
      ['create', 'PS256'],
    ])
  })
})

describe('planEmergency', () => {
  it('withdraws the active key, lets the spare sign at once and makes a new spare', () => {
    const steps = planEmergency(steady(DAY, NOW + 40 * HOUR), { ...policy, alg: 'ES256' }, NOW)
    expect(steps).toEqual([
      { do: 'withdraw', kid: 'a', alg: 'ES256', removeAfter: NOW + 25 * HOUR },
      { do: 'activate', kid: 's', alg: 'ES256' },
      { do: 'create', alg: 'ES256', status: 'prepublished', notBefore: NOW + 48 * HOUR },
    ])
  })

  it('makes a new active key where there is no spare', () => {
    const steps = planEmergency([key('a', 'active')], { ...policy, alg: 'ES256' }, NOW)
    expect(steps.map((step) => step.do)).toEqual(['withdraw', 'create', 'create'])
  })
})

describe('nonce secrets', () => {
  const secret = (id: number, createdAt: number) => ({ id, wrapped: Buffer.of(1), createdAt })

  it('are due each hour', () => {
    expect(nonceSecretDue([], NOW)).toBe(true)
    expect(nonceSecretDue([secret(0, NOW - HOUR + 1)], NOW)).toBe(false)
    expect(nonceSecretDue([secret(0, NOW - HOUR)], NOW)).toBe(true)
  })

  it('have ids that go round in one byte', () => {
    expect([nextSecretId([]), nextSecretId([secret(7, 0)]), nextSecretId([secret(255, 0)])]).toEqual([0, 8, 0])
  })
})
