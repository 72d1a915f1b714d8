import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  LEGACY_SINGLE_TENANT_OID,
  MULTI_TENANT_OID,
  parseAssertionDetails,
  SINGLE_TENANT_OID,
} from './authorization-details.js'
import { ADVERSARIAL, expectRefusal, refusal, resultOrRefusal } from './keys.fixture.js'
import { OAuthError } from './oauth-error.js'

const strict = { allowLegacyOid: false }
const JOURNAL = { type: 'nhn:sfm:journal-id', value: { journal_id: 'a7b0e2c4-1111-4222-8333-abcdefABCDEF' } }

function organisation(identifier: object): object {
  const organization = {
    identifier: { system: MULTI_TENANT_OID, type: 'ENH', value: 'NO:ORGNR:999977774', ...identifier },
  }
  return { type: 'helseid_authorization', practitioner_role: { organization } }
}

function single(value: unknown, system = SINGLE_TENANT_OID): object {
  return organisation({ system, value })
}

function refuses(details: unknown[], code: RegExp): void {
  const error = refusal(() => parseAssertionDetails(details, strict))
  expect(error.code).toBe('invalid_authorization_details')
  expect(error.publicText).toMatch(code)
}

describe('parseAssertionDetails', () => {
  it('T5 is empty without details', () => {
    const none = { organisation: undefined, sfmJournalId: undefined }
    expect(parseAssertionDetails(undefined, strict)).toEqual(none)
    expect(parseAssertionDetails([], strict)).toEqual(none)
  })

  it.each([
    ['NO:ORGNR:999977774', undefined],
    ['NO:ORGNR:999977774:', undefined],
    ['NO:ORGNR:999977774:999977776', '999977776'],
  ])('T7 reads the multi-tenant value %s', (value, child) => {
    expect(parseAssertionDetails([organisation({ value })], strict).organisation).toEqual({
      kind: 'multi',
      parent: '999977774',
      child,
      legacyOid: false,
    })
  })

  it('reads the single-tenant child', () => {
    expect(parseAssertionDetails([single('999977776')], strict).organisation).toEqual({
      kind: 'single',
      child: '999977776',
      legacyOid: false,
    })
  })

  it('takes the mistaken OID only under the flag, and says so', () => {
    const details = [single('999977776', LEGACY_SINGLE_TENANT_OID)]
    refuses(details, /^HID-1007: .*system/)
    expect(parseAssertionDetails(details, { allowLegacyOid: true }).organisation).toEqual({
      kind: 'single',
      child: '999977776',
      legacyOid: true,
    })
    expect(parseAssertionDetails([single('999977776')], { allowLegacyOid: true }).organisation).toMatchObject({
      legacyOid: false,
    })
  })

  it('has the OIDs of the contract', () => {
    expect([SINGLE_TENANT_OID, LEGACY_SINGLE_TENANT_OID, MULTI_TENANT_OID]).toEqual([
      'urn:oid:2.16.578.1.12.4.1.4.101',
      'urn:oid:2.16.578.1.12.4.1.2.101',
      'urn:oid:1.0.6523',
    ])
  })

  it('reads the SFM journal id, alone and beside an organisation', () => {
    expect(parseAssertionDetails([JOURNAL], strict)).toEqual({
      organisation: undefined,
      sfmJournalId: JOURNAL.value.journal_id,
    })
    expect(parseAssertionDetails([JOURNAL, single('999977776')], strict)).toMatchObject({
      organisation: { kind: 'single' },
      sfmJournalId: JOURNAL.value.journal_id,
    })
  })

  it('ignores unknown members', () => {
    expect(parseAssertionDetails([{ ...single('999977776'), extra: 1 }], strict).organisation).toMatchObject({
      child: '999977776',
    })
  })

  it.each(['99997777', '9999777761', '99997777a', '９９９９７７７７６', '', 'NO:ORGNR:999977774', ' 999977776'])(
    'F06 HID-1004 for the single-tenant value %j',
    (value) => {
      refuses([single(value)], /^HID-1004: /)
    },
  )

  it.each([
    'NO:ORGNR:',
    'NO:ORGNR::999977776',
    'NO:ORGNR:99997777',
    'NO:ORGNR:999977774:1',
    'NO:ORGNR:٩٩٩٩٧٧٧٧٤',
    'NO:ORGNR:999977774: ',
  ])('F06 HID-1004 for the multi-tenant value %j', (value) => {
    refuses([organisation({ value })], /^HID-1004: /)
  })

  it.each([
    '999977774',
    'no:orgnr:999977774',
    'NO:ORGNR',
    'SE:ORGNR:999977774',
    'NO:X:999977774',
    'NO:ORGNR:999977774:999977776:',
    '',
    ':'.repeat(70),
  ])('HID-1007 for the multi-tenant value %j', (value) => {
    refuses([organisation({ value })], /^HID-1007: .*value must be/)
  })

  it('HID-1007 for a malformed structure, naming the member', () => {
    const cases: [unknown, RegExp][] = [
      [{ type: 'helseid_authorization' }, /practitioner_role/],
      [{ type: 'helseid_authorization', practitioner_role: [] }, /practitioner_role/],
      [{ type: 'helseid_authorization', practitioner_role: {} }, /organization/],
      [{ type: 'helseid_authorization', practitioner_role: { organization: { identifier: 'x' } } }, /identifier/],
      [organisation({ type: 'XXX' }), /type/],
      [organisation({ type: undefined }), /type/],
      [organisation({ value: 999977774 }), /value/],
      [organisation({ value: null }), /value/],
      [organisation({ system: 'urn:oid:1.2.3' }), /system/],
      [organisation({ system: undefined }), /system/],
      [{ type: 'nhn:sfm:journal-id' }, /value/],
      [{ type: 'nhn:sfm:journal-id', value: {} }, /journal_id/],
    ]
    for (const [detail, text] of cases) {
      refuses([detail], /^HID-1007: /)
      refuses([detail], text)
    }
  })

  it.each([
    '',
    'a7b0e2c4',
    'a7b0e2c4-1111-4222-8333-abcdefABCDEg',
    '{a7b0e2c4-1111-4222-8333-abcdefabcdef}',
    'a7b0e2c4111142228333abcdefabcdef',
    1,
  ])('HID-1007 for the journal id %j', (journal_id) => {
    refuses([{ type: 'nhn:sfm:journal-id', value: { journal_id } }], /^HID-1007: .*GUID/)
  })

  it('A22 HID-1007 for an unknown type, a repeated one, and what is no object', () => {
    for (const details of [
      [{ type: 'unknown' }],
      [{}],
      [null],
      ['helseid_authorization'],
      [[JOURNAL]],
      [JOURNAL, JOURNAL],
      [single('999977776'), single('999977775')],
      [{ type: ['helseid_authorization'] }],
      Array<unknown>(11).fill(JOURNAL),
    ]) {
      refuses(details, /^HID-1007: /)
    }
    refuses(Array<unknown>(11).fill(JOURNAL), /more than 10/)
    refuses(Array<unknown>(10).fill(JOURNAL), /occurs once/)
  })

  it('E07 refuses adversarial text in every member', () => {
    for (const text of ADVERSARIAL) {
      refuses([organisation({ value: text })], /^HID-100[47]: /)
      refuses([organisation({ value: `NO:ORGNR:${text}` })], /^HID-100[47]: /)
      refuses([single(text)], /^HID-1004: /)
      refuses([organisation({ system: text })], /^HID-1007: /)
      refuses([organisation({ type: text })], /^HID-1007: /)
      refuses([{ type: text }], /^HID-1007: /)
      refuses([{ type: 'nhn:sfm:journal-id', value: { journal_id: text } }], /^HID-1007: /)
    }
    expectRefusal(() => parseAssertionDetails([ADVERSARIAL], strict), 'invalid_authorization_details')
  })

  it('never throws anything but OAuthError', () => {
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom('NO:ORGNR:999977774', '999977776'))
    const detail = fc.oneof(
      fc.jsonValue(),
      fc.record({ system: fc.constantFrom(SINGLE_TENANT_OID, MULTI_TENANT_OID), value }).map(organisation),
    )
    fc.assert(
      fc.property(fc.array(detail, { maxLength: 3 }), (details) => {
        const result = resultOrRefusal(() => parseAssertionDetails(details, strict))
        if (result instanceof OAuthError) expect(result.publicText).toMatch(/^HID-100[47]: /)
      }),
      { numRuns: 1_000 },
    )
  })
})
