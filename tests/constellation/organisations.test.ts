import { beforeAll, describe, expect, it } from '@jest/globals'
import { decodeJwt, type Answer, type MachineClient } from '@tillit/testkit'
import { constellation, type TestConstellation } from '../support/constellation.js'
import { expectError, expectErrorNaming } from '../support/expect.js'
import { FJORDVIK, GRANFJELLDAL, LEGEVAKT, OUTSIDER, SUPPLIER, SYKEHJEM, UTVIKA } from '../support/seed.js'

let c: TestConstellation
let ehr: MachineClient
let saas: MachineClient

const details = (system: string, value: string): Record<string, unknown> => ({
  type: 'helseid_authorization',
  practitioner_role: { organization: { identifier: { system, type: 'ENH', value } } },
})
const single = (value: string, oid = '2.16.578.1.12.4.1.4.101'): Record<string, unknown> =>
  details(`urn:oid:${oid}`, value)
const multi = (value: string): Record<string, unknown> => details('urn:oid:1.0.6523', value)
const journalId = { type: 'nhn:sfm:journal-id', value: { journal_id: '4a1b0c1e-5c5e-4a6a-9a8f-0a3b5c6d7e8f' } }
const ask = (
  client: MachineClient,
  claims: Record<string, unknown>,
  scope = 'granfjelldal:journal/read',
): Promise<Answer> => client.token({ assertion: { claims }, form: { scope } })
const orgs = (answer: Answer): unknown[] => {
  const { claims } = decodeJwt(answer.body['access_token'] as string)
  return ['parent', 'child', 'supplier'].map((name) => claims[`helseid://claims/client/claims/orgnr_${name}`])
}

beforeAll(async () => {
  c = await constellation()
  ehr = c.client('test-ehr')
  saas = c.client('test-saas')
})

describe('single-tenant', () => {
  it('represents its own organisation, with a child where it names one', async () => {
    expect(orgs(await ask(ehr, {}))).toEqual([GRANFJELLDAL, undefined, undefined])
    expect(orgs(await ask(ehr, { assertion_details: single(LEGEVAKT) }))).toEqual([GRANFJELLDAL, LEGEVAKT, undefined])
  })

  it('T7 takes both names, object or array, beside a journal id', async () => {
    for (const value of [single(LEGEVAKT), [single(LEGEVAKT)]]) {
      expect(orgs(await ask(ehr, { assertion_details: value }))[1]).toBe(LEGEVAKT)
      expect(orgs(await ask(ehr, { authorization_details: value }))[1]).toBe(LEGEVAKT)
    }
    const both = await ask(ehr, { assertion_details: [single(LEGEVAKT), journalId] })
    expect(decodeJwt(both.body['access_token'] as string).claims['nhn:sfm:journal_id']).toBe(journalId.value.journal_id)
  })

  it('both names with different content are refused', async () => {
    expectError(
      await ask(ehr, { assertion_details: single(LEGEVAKT), authorization_details: single(SYKEHJEM) }),
      400,
      'invalid_request',
    )
  })

  it('F03 HID-1002/1003 a child that the client does not have', async () => {
    const answer = await ask(ehr, { assertion_details: single(SYKEHJEM) })
    expectError(answer, 400, 'invalid_authorization_details')
    expect(String(answer.body['error_description'])).toMatch(/^HID-100[23]/)
  })

  it('F04 names another organisation', async () => {
    for (const value of [UTVIKA, FJORDVIK])
      expectError(await ask(ehr, { assertion_details: single(value) }), 400, 'invalid_authorization_details')
    expectError(
      await ask(ehr, { assertion_details: multi(`NO:ORGNR:${FJORDVIK}`) }),
      400,
      'invalid_authorization_details',
    )
  })

  it('HID-1006 passing a child is not enabled', async () => {
    expectErrorNaming(
      await ask(c.client('test-plain'), { assertion_details: single(LEGEVAKT) }),
      [400, 'invalid_authorization_details'],
      'HID-10',
    )
  })

  it('the mistaken OID is taken only under the flag', async () => {
    const old = single(LEGEVAKT, '2.16.578.1.12.4.1.2.101')
    expectErrorNaming(await ask(ehr, { assertion_details: old }), [400, 'invalid_authorization_details'], 'HID-1007')
    expect((await ask(c.client('test-legacy'), { assertion_details: old }, 'test:bearer/read')).status).toBe(200)
  })
})

describe('multi-tenant', () => {
  it('represents who delegated, in the three written forms', async () => {
    expect(orgs(await ask(saas, { assertion_details: multi(`NO:ORGNR:${GRANFJELLDAL}`) }))).toEqual([
      GRANFJELLDAL,
      undefined,
      SUPPLIER,
    ])
    expect(orgs(await ask(saas, { assertion_details: multi(`NO:ORGNR:${GRANFJELLDAL}:`) }))).toEqual([
      GRANFJELLDAL,
      undefined,
      SUPPLIER,
    ])
    expect(orgs(await ask(saas, { assertion_details: multi(`NO:ORGNR:${GRANFJELLDAL}:${LEGEVAKT}`) }))).toEqual([
      GRANFJELLDAL,
      LEGEVAKT,
      SUPPLIER,
    ])
  })

  it('F01 HID-1001 without a delegation', async () => {
    expectErrorNaming(
      await ask(saas, { assertion_details: multi(`NO:ORGNR:${UTVIKA}`) }),
      [400, 'invalid_authorization_details'],
      'HID-1001',
    )
    expectErrorNaming(
      await ask(saas, { assertion_details: multi('NO:ORGNR:999999999') }),
      [400, 'invalid_authorization_details'],
      'HID-1001',
    )
  })

  it('an organisation that is no member, though it delegates', async () => {
    expectError(
      await ask(saas, { assertion_details: multi(`NO:ORGNR:${OUTSIDER}`) }),
      400,
      'invalid_authorization_details',
    )
  })

  it('F03 HID-1003 a sub-unit that is not under the parent', async () => {
    expectErrorNaming(
      await ask(saas, { assertion_details: multi(`NO:ORGNR:${FJORDVIK}:${LEGEVAKT}`) }),
      [400, 'invalid_authorization_details'],
      'HID-100',
    )
  })

  it('terms not accepted by the represented organisation: scopes go to rejected_scope', async () => {
    const claims = { assertion_details: multi(`NO:ORGNR:${FJORDVIK}`) }
    const some = await ask(saas, claims, 'granfjelldal:journal/read test:terms/read')
    expect([some.status, some.body['rejected_scope'], some.body['scope']]).toEqual([
      200,
      'test:terms/read',
      'granfjelldal:journal/read',
    ])
    expectError(await ask(saas, claims, 'test:terms/read'), 400, 'invalid_scope')
    const accepted = await ask(saas, { assertion_details: multi(`NO:ORGNR:${GRANFJELLDAL}`) }, 'test:terms/read')
    expect(accepted.status).toBe(200)
  })
})

describe('malformed details', () => {
  it('F06 HID-1004 anything but nine ASCII digits', async () => {
    for (const value of [
      '99997777',
      '9999777766',
      '99997777a',
      '９９９９７７７７６',
      ' 999977776',
      '999977776\n',
      '',
    ]) {
      expectErrorNaming(
        await ask(ehr, { assertion_details: single(value) }),
        [400, 'invalid_authorization_details'],
        'HID-1004',
      )
    }
    for (const value of ['NO:ORGNR:123', `NO:ORGNR:${GRANFJELLDAL}:12`]) {
      expectErrorNaming(
        await ask(saas, { assertion_details: multi(value) }),
        [400, 'invalid_authorization_details'],
        'HID-1004',
      )
    }
  })

  it('HID-1007 unknown types, systems and shapes', async () => {
    for (const value of [
      { type: 'unknown' },
      'text',
      7,
      [[]],
      {},
      { type: 'helseid_authorization' },
      details('urn:oid:9.9.9', LEGEVAKT),
      [single(LEGEVAKT), single(LEGEVAKT)],
      { type: 'nhn:sfm:journal-id', value: { journal_id: 'not-a-guid' } },
      multi(`SE:ORGNR:${GRANFJELLDAL}`),
    ]) {
      const answer = await ask(ehr, { assertion_details: value })
      expect([JSON.stringify(value), answer.status]).toEqual([JSON.stringify(value), 400])
      expect(['invalid_authorization_details', 'invalid_request']).toContain(answer.body['error'])
    }
  })
})
