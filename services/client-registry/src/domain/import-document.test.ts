import { describe, expect, it } from '@jest/globals'
import { changeStatus } from './change-status.js'
import { draft, Registry, world } from './import.fixture.js'
import { documentOf, item } from './sample.fixture.js'

describe('import: a full upsert of what is listed', () => {
  it('is idempotent: the same document again makes no revision and tells nothing', async () => {
    const registry = new Registry()
    const document = documentOf(world)
    await registry.load(document)
    expect(await registry.load(structuredClone(document))).toMatchObject({ changes: [], unchanged: 8 })
    expect(registry.kick).toHaveBeenCalledTimes(1)
  })

  it('touches only what is listed and what follows from it', async () => {
    const registry = new Registry()
    await registry.load(documentOf(world))
    const { apis } = draft((document) => (item(document.apis)['allowBearer'] = true))
    expect((await registry.load({ apis })).changes).toMatchObject([{ kind: 'api', action: 'updated' }])
  })

  it('takes defaults for members that are no longer stated', async () => {
    const registry = new Registry()
    await registry.load(draft(({ clients }) => (item(clients)['flags'] = { allowBearer: true })))
    await registry.load(documentOf(world))
    expect((await registry.store.find('client', [world.client]))?.flags.allowBearer).toBe(false)
  })

  it('never undoes a withdrawal that it does not state', async () => {
    const registry = new Registry()
    await registry.load(documentOf(world))
    const stop = { kind: 'client', subject: [world.client], status: 'deactivated', reason: 'incident' } as const
    await changeStatus(stop, 'client:op', { store: registry.store, relay: registry })
    await registry.load(draft(({ clients }) => (item(clients)['clientName'] = 'New name')))
    expect(await registry.store.find('client', [world.client])).toMatchObject({
      clientName: 'New name',
      status: 'deactivated',
      statusReason: 'incident',
    })
    const back = await registry.load(draft(({ clients }) => (item(clients)['status'] = 'active')))
    expect(back.changes).toContainEqual(expect.objectContaining({ kind: 'client', action: 'activated' }))
  })

  it('withdraws a sub-unit that its main unit no longer lists, and takes it back when it is listed again', async () => {
    const registry = new Registry()
    const [kept, gone] = world.units
    await registry.load(documentOf(world))
    const units = (list: readonly string[]) =>
      draft(({ organisations, clients }) => {
        item(organisations)['subUnits'] = list.map((orgnr) => ({ orgnr, name: `Unit ${orgnr}` }))
        item(clients)['childOrganizationNumbers'] = [kept]
      })
    const { changes } = await registry.load({ organisations: units([kept]).organisations })
    expect(changes.map(({ subject, action }) => `${subject.join()} ${action}`)).toEqual([
      `${world.main} updated`,
      `${gone} deactivated`,
    ])
    expect((await registry.store.find('organisation', [world.main]))?.subUnits).toEqual([kept])
    await registry.load({ organisations: units([kept, gone]).organisations })
    expect((await registry.store.find('organisation', [world.main]))?.subUnits).toEqual([...world.units].toSorted())
    expect(await registry.store.find('organisation', [gone])).toMatchObject({ status: 'active' })
  })
})
