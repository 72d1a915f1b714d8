import { beforeEach, describe, expect, it, jest } from '@jest/globals'
import { FakeRegistry } from '../store/registry.fake.js'
import { changeStatus, type StatusChange } from './change-status.js'
import { importDocument } from './import-document.js'
import { revokeToken } from './revoke-token.js'
import { documentOf, freshWorld, localRules, NOW } from './sample.fixture.js'

const world = freshWorld()
const relay = { kick: jest.fn<() => void>() }
let store: FakeRegistry

beforeEach(async () => {
  store = new FakeRegistry(() => NOW)
  await importDocument(documentOf(world), { actor: 'import' }, { store, relay, rules: localRules })
  relay.kick.mockClear()
})
const set = (change: Partial<StatusChange>): Promise<void> =>
  changeStatus(
    { kind: 'client', subject: [world.client], status: 'deactivated', reason: 'incident 7', ...change },
    'client:op',
    { store, relay },
  )

describe('change of status', () => {
  it.each([
    ['client', [world.client]],
    ['api', [world.audience]],
    ['organisation', [world.supplier]],
    ['delegation', [world.supplier, world.main]],
  ] as const)('withdraws and reactivates one %s, with an event of its own', async (kind, subject) => {
    const before = store.rows.length
    await set({ kind, subject })
    await set({ kind, subject, status: 'active', reason: 'solved' })
    expect(store.rows.slice(before).map(({ action, actor }) => [action, actor])).toEqual([
      ['deactivated', 'client:op'],
      ['activated', 'client:op'],
    ])
    expect(await store.find(kind, subject)).toMatchObject({ status: 'active', statusReason: 'solved' })
    expect(relay.kick).toHaveBeenCalledTimes(2)
  })

  it('re-publishes the main unit when a sub-unit is withdrawn', async () => {
    const before = store.rows.length
    await set({ kind: 'organisation', subject: [world.units[0]] })
    const rows = store.rows.slice(before)
    expect(rows.map(({ subject, action }) => [subject[0], action])).toEqual([
      [world.main, 'updated'],
      [world.units[0], 'deactivated'],
    ])
    expect(rows[0]?.value).toMatchObject({ subUnits: [world.units[1]] })
  })

  it('changes nothing when it is so already', async () => {
    await set({})
    relay.kick.mockClear()
    const before = store.rows.length
    await set({})
    expect(store.rows).toHaveLength(before)
    expect(relay.kick).not.toHaveBeenCalled()
  })

  it('refuses an unknown record with 404 and a stale revision with 412', async () => {
    await expect(set({ subject: ['nobody'] })).rejects.toMatchObject({ status: 404 })
    const seen = (await store.find('client', [world.client]))?.revision ?? 0
    await set({ expected: seen })
    await expect(set({ expected: seen, status: 'active' })).rejects.toMatchObject({ status: 412 })
    expect((await store.find('client', [world.client]))?.status).toBe('deactivated')
  })
})

describe('revocation of a token', () => {
  const revoke = (exp: number) =>
    revokeToken({ jti: 'j', exp, clientId: 'c' }, 'client:c', { store, relay, now: () => NOW })

  it('commits once, tells once, and answers the same revision again', async () => {
    const exp = NOW / 1000 + 600
    const first = await revoke(exp)
    expect(await revoke(exp)).toBe(first)
    expect(store.rows.at(-1)).toMatchObject({
      kind: 'revoked',
      action: 'revoked',
      clientId: 'c',
      value: { jti: 'j', exp },
    })
    expect(relay.kick).toHaveBeenCalledTimes(1)
  })

  it.each([86_401, -86_401])('refuses an exp %d seconds from now', async (seconds) => {
    expect(await revoke(NOW / 1000 + seconds)).toBeUndefined()
  })
})
