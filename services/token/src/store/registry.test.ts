import { describe, expect, it } from '@jest/globals'
import { registryKeys } from '@tillit/events'
import type { Lookup } from '../domain/model.js'
import { client, clientKey, ecKey, organisation } from '../domain/registry.fixture.js'
import { createRegistry } from './registry.js'
import { registryEntries, type ClientFacts, type RegistryEntry } from './registry-entries.js'

const facts = (keys: ClientFacts['keys']): ClientFacts => ({ ...client(), keys })
const entries = new Map<string, RegistryEntry>([
  ['client.ehr', registryEntries.client(facts([{ kid: 'k1', jwk: clientKey.jwk, expiresAt: 5 }]))],
  ['org.999977774', registryEntries.organisation(organisation())],
  ['delegation.1.2', registryEntries.delegation({ revision: 1, status: 'active' })],
  ['revoked.j', registryEntries.revoked()],
])
const held = createRegistry({ get: (key) => entries.get(key) ?? null }, registryKeys)
const loaded = createRegistry({ get: (key) => Promise.resolve(entries.get(key) ?? null) }, registryKeys)

const recorder =
  (keys: string[]) =>
  (key: string): Lookup<RegistryEntry> => {
    keys.push(key)
    return null
  }

describe('the registry', () => {
  it('answers at once from what is held, and after a load otherwise', async () => {
    expect(held.client('ehr')).toMatchObject({ clientId: 'ehr' })
    expect(loaded.client('ehr')).toBeInstanceOf(Promise)
    expect(await loaded.client('ehr')).toMatchObject({ clientId: 'ehr' })
    expect([held.api('a'), await loaded.api('a')]).toEqual([null, null])
    expect(held.organisation('999977774')).toMatchObject({ orgnr: '999977774' })
    expect(held.delegation('1', '2')).toMatchObject({ status: 'active' })
    expect([held.isRevoked('j'), held.isRevoked('other'), await loaded.isRevoked('j')]).toEqual([true, false, true])
  })

  it('J02 encodes what comes from input before it becomes a key', () => {
    const keys: string[] = []
    const registry = createRegistry({ get: recorder(keys) }, registryKeys)
    for (const hostile of ['*', '>', 'a.b', 'x\r\ny']) void registry.api(hostile)
    for (const key of keys) expect(key).toMatch(/^api\.[A-Za-z0-9_-]+$/)
  })

  it('an entry of another kind under a key is as good as absent', () => {
    const registry = createRegistry({ get: () => registryEntries.organisation(organisation()) }, registryKeys)
    expect([registry.client('ehr'), registry.api('a')]).toEqual([null, null])
  })
})

describe('client keys', () => {
  it('are imported once, with kid and expiry', () => {
    const found = held.client('ehr') as ReturnType<typeof client>
    expect(found.keys[0]).toMatchObject({ kid: 'k1', expiresAt: 5, algs: ['ES256'] })
    expect(found.keys).toBe(found.keys)
  })

  it('keep the kid of the JWK where the registration has none', () => {
    const entry = registryEntries.client(facts([{ jwk: { ...clientKey.jwk, kid: 'own' } }]))
    expect((entry.value as ReturnType<typeof client>).keys[0]?.kid).toBe('own')
  })

  it('that policy refuses authenticate nobody; the others still do', () => {
    const entry = registryEntries.client(facts([{ jwk: { kty: 'oct', k: 'AAAA' } }, { jwk: ecKey().jwk }]))
    expect((entry.value as ReturnType<typeof client>).keys).toHaveLength(1)
  })
})
