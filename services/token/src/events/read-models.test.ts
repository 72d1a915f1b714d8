import { describe, expect, it } from '@jest/globals'
import { registryKeys } from '@tillit/events'
import { client, clientKey, organisation, PARENT } from '../domain/registry.fixture.js'
import { registryEntries } from '../store/registry-entries.js'
import { registryDecoder } from './read-models.js'

const decode = registryDecoder(registryEntries)
const clientEntry = {
  ...client(),
  keys: [{ kid: 'k', jwk: clientKey.jwk }],
  flags: { ...client().flags, requirePar: true },
}

describe('registryDecoder', () => {
  it('knows each kind by its key', () => {
    expect(decode(registryKeys.client('ehr'), clientEntry)).toMatchObject({
      kind: 'client',
      value: { clientId: 'ehr' },
    })
    const org = { ...organisation(), name: 'Granfjelldal kommune' }
    expect(decode(registryKeys.organisation(PARENT), org).kind).toBe('organisation')
    const delegation = { revision: 1, supplier: PARENT, delegator: PARENT, status: 'active' }
    expect(decode(registryKeys.delegation('1', '2'), delegation).kind).toBe('delegation')
    const revoked = { revision: 1, jti: 'j', exp: 1, clientId: 'ehr' }
    expect(decode(registryKeys.revoked('j'), revoked).kind).toBe('revoked')
  })

  it('drops what does not fit its contract, and unknown kinds', () => {
    for (const broken of [null, {}, { ...clientEntry, status: 'maybe' }, { ...clientEntry, organisation: '12' }]) {
      expect(() => decode(registryKeys.client('ehr'), broken)).toThrow('contract')
    }
    for (const key of ['device.x', '__proto__.x', 'client', ''])
      expect(() => decode(key, clientEntry)).toThrow('unknown')
  })
})
