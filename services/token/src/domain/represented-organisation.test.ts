import { beforeEach, describe, expect, it } from '@jest/globals'
import type { RequestedOrganisation } from '@tillit/oauth'
import { refusal } from './issuing.fixture.js'
import type { Client, Environment } from './model.js'
import { CHILD, client, FakeRegistry, flags, organisation, OTHER_CHILD, PARENT, SUPPLIER } from './registry.fixture.js'
import { representedOrganisation, type Represented } from './represented-organisation.js'

const STRANGER = '999900022'
let registry: FakeRegistry
beforeEach(() => {
  registry = new FakeRegistry()
})
const saas = (rest: Partial<Client> = {}): Client =>
  client({ clientId: 'saas', organisation: SUPPLIER, tenancy: 'multi-tenant', ...rest })
const single = (child: string): RequestedOrganisation => ({ kind: 'single', child, legacyOid: false })
const multi = (parent: string, child?: string): RequestedOrganisation => ({
  kind: 'multi',
  parent,
  child,
  legacyOid: false,
})

function represent(
  who: Client,
  requested?: RequestedOrganisation,
  environment: Environment = 'test',
): Promise<Represented | undefined> {
  const owner = registry.organisation(who.organisation) ?? organisation()
  return representedOrganisation({ client: who, owner, requested, environment }, registry)
}
async function hid(...question: Parameters<typeof represent>): Promise<string> {
  const { status, code, text } = await refusal(() => represent(...question))
  expect([status, code]).toEqual([400, 'invalid_authorization_details'])
  return text.slice(0, 8)
}

describe('a client without tenancy', () => {
  it('represents nobody, and HID-1010 may not name anybody', async () => {
    const none = client({ tenancy: 'none' })
    expect(await represent(none)).toBeUndefined()
    expect(await hid(none, single(CHILD))).toBe('HID-1010')
  })
})

describe('a single-tenant client', () => {
  it('represents its own organisation, with a child where it names one', async () => {
    expect(await represent(client())).toMatchObject({
      parent: { orgnr: PARENT },
      child: undefined,
      supplier: undefined,
    })
    const found = await represent(client(), single(CHILD))
    expect(found).toMatchObject({ parent: { orgnr: PARENT }, child: CHILD, supplier: undefined })
    expect(found?.revisions).toEqual({ [`org.${CHILD}`]: 3 })
  })

  it('HID-1002 a child that is not in its configuration', async () => {
    expect(await hid(client(), single(OTHER_CHILD))).toBe('HID-1002')
  })

  it('F03 HID-1003 a child in its configuration that is not under the parent', async () => {
    expect(await hid(client({ childOrganizationNumbers: [STRANGER] }), single(STRANGER))).toBe('HID-1003')
  })

  it('HID-1002 a child that is deactivated or unknown', async () => {
    registry.change(CHILD, { status: 'deactivated' })
    expect(await hid(client(), single(CHILD))).toBe('HID-1002')
    registry.organisations.delete(CHILD)
    expect(await hid(client(), single(CHILD))).toBe('HID-1002')
  })

  it('HID-1006 a child without the flag', async () => {
    expect(await hid(client({ flags: flags({ passChildOrganisation: false }) }), single(CHILD))).toBe('HID-1006')
  })

  it('F04 HID-1001 another parent, HID-1005 a parent without the flag; its own parent passes', async () => {
    expect(await hid(client(), multi(STRANGER))).toBe('HID-1001')
    expect(await hid(client({ flags: flags({ passParentOrganisation: false }) }), multi(PARENT))).toBe('HID-1005')
    expect(await represent(client(), multi(PARENT, CHILD))).toMatchObject({ parent: { orgnr: PARENT }, child: CHILD })
  })
})

describe('a multi-tenant client', () => {
  it('represents who delegated, with a child where it names one', async () => {
    const found = await represent(saas(), multi(PARENT, CHILD))
    expect(found).toMatchObject({ parent: { orgnr: PARENT }, child: CHILD, supplier: SUPPLIER })
    expect(found?.revisions).toEqual({
      [`delegation.${SUPPLIER}.${PARENT}`]: 9,
      [`org.${PARENT}`]: 3,
      [`org.${CHILD}`]: 3,
    })
  })

  it('T5 represents itself where it names nobody', async () => {
    expect(await represent(saas())).toMatchObject({ parent: { orgnr: SUPPLIER }, supplier: SUPPLIER })
  })

  it('F01 HID-1001 without a delegation, in the same words for an organisation that does not exist', async () => {
    registry.organisations.set(STRANGER, organisation({ orgnr: STRANGER }))
    expect(await hid(saas(), multi(STRANGER))).toBe('HID-1001')
    const existing = await refusal(() => represent(saas(), multi(STRANGER)))
    const absent = await refusal(() => represent(saas(), multi('999999999')))
    expect(absent.text.replace('999999999', '')).toBe(existing.text.replace(STRANGER, ''))
  })

  it('F02 HID-1001 when the delegation was withdrawn', async () => {
    registry.delegations.set(`${SUPPLIER} ${PARENT}`, { revision: 10, status: 'deactivated' })
    expect(await hid(saas(), multi(PARENT))).toBe('HID-1001')
  })

  it('HID-1001 when the parent is deactivated, no member, unknown or a sub-unit', async () => {
    for (const rest of [{ status: 'deactivated' }, { member: false }, { parent: STRANGER }] as const) {
      registry = new FakeRegistry()
      registry.change(PARENT, rest)
      expect(await hid(saas(), multi(PARENT))).toBe('HID-1001')
    }
    registry.organisations.delete(PARENT)
    expect(await hid(saas(), multi(PARENT))).toBe('HID-1001')
  })

  it('F03 HID-1003 a sub-unit of another parent', async () => {
    expect(await hid(saas(), multi(PARENT, STRANGER))).toBe('HID-1003')
  })

  it('HID-1005 and HID-1006 without the flags; HID-1007 a child without its parent', async () => {
    expect(await hid(saas({ flags: flags({ passParentOrganisation: false }) }), multi(PARENT))).toBe('HID-1005')
    expect(await hid(saas({ flags: flags({ passChildOrganisation: false }) }), multi(PARENT, CHILD))).toBe('HID-1006')
    expect(await hid(saas(), single(CHILD))).toBe('HID-1007')
  })
})

describe('environments', () => {
  it('HID-1004 real organisations in test', async () => {
    registry.change(PARENT, { synthetic: false })
    expect(await hid(saas(), multi(PARENT))).toBe('HID-1004')
    registry = new FakeRegistry()
    registry.change(CHILD, { synthetic: false })
    expect(await hid(client(), single(CHILD))).toBe('HID-1004')
  })

  it('F06 HID-1004 a wrong check digit or a synthetic organisation in production', async () => {
    registry.change(SUPPLIER, { synthetic: false })
    expect(await hid(saas(), multi('999977775'), 'production')).toBe('HID-1004')
    expect(await hid(client(), single(CHILD), 'production')).toBe('HID-1004')
    expect(await hid(saas(), multi(PARENT), 'production')).toBe('HID-1004')
  })
})
