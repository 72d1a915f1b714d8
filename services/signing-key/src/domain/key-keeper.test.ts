import { describe, expect, it } from '@jest/globals'
import { MemoryKeyStore, MemoryPublisher, PlainVault } from '../memory-store.fixture.js'
import { KeyKeeper } from './key-keeper.js'
import { KeyRing } from './key-ring.js'
import { publishedKey } from './public-keys.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** One cluster: a store and a clock that all its replicas share. */
class Cluster {
  now = 1_000 * DAY
  readonly store = new MemoryKeyStore(() => this.now)
  readonly vault = new PlainVault()
  readonly steps: string[] = []

  replica() {
    const ring = new KeyRing()
    const publisher = new MemoryPublisher()
    const keeper = new KeyKeeper({
      store: this.store,
      vault: this.vault,
      ring,
      publisher,
      policy: { algs: ['ES256', 'PS256'], maxTokenLifetimeMs: HOUR },
      now: () => this.now,
      onStep: (step) => this.steps.push(`${step.do} ${step.alg}`),
    })
    return { ring, keeper, publisher }
  }
}

const statuses = (state: { keys: readonly { kid: string; status: string }[] } | undefined): Record<string, string> =>
  Object.fromEntries(state?.keys.map(({ kid, status }) => [kid, status]) ?? [])

describe('KeyKeeper', () => {
  it('makes keys once, however many replicas start at the same time', async () => {
    const cluster = new Cluster()
    const replicas = [cluster.replica(), cluster.replica(), cluster.replica()]
    await Promise.all(replicas.map(({ keeper }) => keeper.tend()))
    expect(cluster.vault.made).toBe(4)
    expect(new Set(replicas.map(({ ring }) => ring.active('ES256')?.kid))).toEqual(new Set(['ES256-1']))
    expect(replicas.map(({ ring }) => ring.missing(['ES256', 'PS256']))).toEqual([[], [], []])
  })

  it('rotates over months: 30 days active, then retired, then removed; always one of each', async () => {
    const cluster = new Cluster()
    const { keeper, publisher } = cluster.replica()
    await keeper.tend()
    cluster.now += 30 * DAY
    await keeper.tend()
    expect(statuses(publisher.keys)).toMatchObject({
      'ES256-1': 'retired',
      'ES256-2': 'active',
      'ES256-5': 'prepublished',
    })
    expect(publisher.keys?.keys.find((key) => key.kid === 'ES256-1')?.wrapped).toBeUndefined()
    cluster.now += 25 * HOUR
    await keeper.tend()
    expect(statuses(publisher.keys)['ES256-1']).toBeUndefined()
  })

  it('signs on with what is in memory while the database is away', async () => {
    const cluster = new Cluster()
    const { keeper, ring } = cluster.replica()
    await keeper.tend()
    cluster.store.down = true
    await expect(keeper.tend()).rejects.toThrow('no database')
    expect(ring.active('ES256')?.kid).toBe('ES256-1')
  })

  it('has nothing to sign with when it starts without a database', async () => {
    const cluster = new Cluster()
    cluster.store.down = true
    const { keeper, ring } = cluster.replica()
    await expect(keeper.tend()).rejects.toThrow('no database')
    expect(ring.missing(['ES256', 'PS256'])).toEqual(['ES256', 'PS256'])
  })

  it('renews the nonce secret each hour and keeps the previous one', async () => {
    const cluster = new Cluster()
    const { keeper, publisher } = cluster.replica()
    await keeper.tend()
    expect(publisher.sealed).toEqual(['sealed 0'])
    for (let hour = 0; hour < 3; hour += 1) {
      cluster.now += HOUR
      await keeper.tend()
    }
    expect(publisher.sealed).toEqual(['sealed 3', 'sealed 2'])
    expect(keeper.state?.secrets.map((secret) => secret.id)).toEqual([3, 2])
  })

  it('publishes anew revisions only where something changed', async () => {
    const cluster = new Cluster()
    const { keeper } = cluster.replica()
    await keeper.tend()
    const before = keeper.state
    cluster.now += HOUR
    await keeper.tend()
    expect(keeper.state?.keysRevision).toBe(before?.keysRevision)
    expect(keeper.state?.nonceRevision).toBeGreaterThan(before?.nonceRevision ?? 0)
  })

  it('loads its keys although NATS is away, and says that it could not publish', async () => {
    const cluster = new Cluster()
    const { keeper, ring, publisher } = cluster.replica()
    publisher.down = true
    await expect(keeper.tend()).rejects.toThrow('no NATS')
    expect(ring.active('ES256')).toBeDefined()
  })

  it('wins again after the database was restored to an older state', async () => {
    const cluster = new Cluster()
    const { keeper, ring, publisher } = cluster.replica()
    await keeper.tend()
    const published = (keeper.state?.keysRevision ?? 0) + 1_000
    ring.adopt(published, keeper.state?.keys ?? [])
    cluster.now += 2_000_000
    await keeper.tend()
    expect(publisher.keys?.keysRevision).toBeGreaterThan(published)
    expect(ring.active('ES256')?.kid).toBe('ES256-1')
  })
})

describe('emergency rotation', () => {
  it('takes the key from every replica, also where the database is out of reach', async () => {
    const cluster = new Cluster()
    const [one, two] = [cluster.replica(), cluster.replica()]
    await one.keeper.tend()
    await two.keeper.tend()
    const steps = await one.keeper.rotateNow('ES256')
    expect(steps.map((step) => step.do)).toEqual(['withdraw', 'activate', 'create'])
    cluster.store.down = true
    const entry = one.publisher.keys
    await expect(two.keeper.follow(entry?.keysRevision ?? 0, entry?.keys ?? [])).rejects.toThrow('no database')
    expect([one.ring.active('ES256')?.kid, two.ring.active('ES256')?.kid]).toEqual(['ES256-2', 'ES256-2'])
    expect(statuses(entry)).toMatchObject({ 'ES256-1': 'withdrawn', 'ES256-2': 'active', 'ES256-5': 'prepublished' })
    expect(two.ring.active('PS256')?.kid).toBe('PS256-3')
  })

  it('is followed by a replica that has not the new key yet: it loads it', async () => {
    const cluster = new Cluster()
    const [one, two] = [cluster.replica(), cluster.replica()]
    await one.keeper.tend()
    await two.keeper.tend()
    await one.keeper.rotateNow('ES256')
    await one.keeper.rotateNow('ES256')
    await two.keeper.follow(one.keeper.state?.keysRevision ?? 0, one.keeper.state?.keys ?? [])
    expect(two.ring.active('ES256')?.kid).toBe('ES256-5')
  })

  it('an older entry changes nothing', async () => {
    const cluster = new Cluster()
    const { keeper, ring } = cluster.replica()
    await keeper.tend()
    await keeper.follow(1, [])
    expect(ring.active('ES256')?.kid).toBe('ES256-1')
  })
})

describe('what is published', () => {
  it('J10 has public members only, whatever the stored JWK holds', async () => {
    const cluster = new Cluster()
    const { keeper } = cluster.replica()
    await keeper.tend()
    const [key] = keeper.state?.keys ?? []
    if (!key) throw new Error('no key')
    const secret = { d: 'd', p: 'p', q: 'q', dp: 'dp', dq: 'dq', qi: 'qi', k: 'k', oth: 'oth' }
    const published = publishedKey({ ...key, publicJwk: { kty: 'RSA', n: 'n', e: 'AQAB', ...secret } })
    expect(published.jwk).toEqual({ kty: 'RSA', n: 'n', e: 'AQAB', kid: key.kid, alg: key.alg, use: 'sig' })
    expect(Object.keys(published)).toEqual(['kid', 'alg', 'purpose', 'status', 'jwk', 'notBefore'])
    expect(JSON.stringify(published)).not.toContain('private')
  })
})
