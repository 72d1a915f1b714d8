import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { ADVERSARIAL } from './keys.fixture.js'
import {
  hasValidCheckDigit,
  HID,
  isOrganisationNumber,
  isPersonalNumber,
  isSyntheticPersonalNumber,
  organisationError,
} from './organisation.js'

const NOT_NINE = [
  '',
  '99997777',
  '9999777740',
  '99997777a',
  ' 99997777',
  '99997777 ',
  '999 977 7',
  '９９９９７７７７４',
  '٩٩٩٩٧٧٧٧٤',
  '-99977774',
  '99997777\n',
  '1e8000000',
]

describe('organisation numbers', () => {
  it.each(NOT_NINE)('F06 refuses %j', (text) => {
    expect(isOrganisationNumber(text)).toBe(false)
    expect(hasValidCheckDigit(text)).toBe(false)
  })

  it('F06 refuses other types', () => {
    for (const value of [999977774, null, undefined, ['999977774'], {}]) expect(isOrganisationNumber(value)).toBe(false)
  })

  it('F06 knows the check digit: 999977774 and 313745392 fit, the sample children do not', () => {
    for (const number of ['999977774', '313745392']) {
      expect(isOrganisationNumber(number)).toBe(true)
      expect(hasValidCheckDigit(number)).toBe(true)
    }
    for (const number of ['999977775', '999977776', '000000001']) {
      expect(isOrganisationNumber(number)).toBe(true)
      expect(hasValidCheckDigit(number)).toBe(false)
    }
  })

  it('exactly one last digit fits, or none', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10_000_000, max: 99_999_999 }), (stem) => {
        const fitting = Array.from({ length: 10 }, (_, d) => `${stem}${d}`).filter(hasValidCheckDigit)
        const sum = [3, 2, 7, 6, 5, 4, 3, 2].reduce((total, w, i) => total + w * Number(String(stem)[i]), 0)
        expect(fitting).toHaveLength(sum % 11 === 1 ? 0 : 1)
        for (const number of fitting) expect((sum + Number(number[8])) % 11).toBe(0)
      }),
    )
  })

  it('puts the code first', () => {
    expect(organisationError(HID.notNineDigits, 'nine digits')).toMatchObject({
      code: 'invalid_authorization_details',
      status: 400,
      publicText: 'HID-1004: nine digits',
    })
  })
})

describe('personal numbers', () => {
  it('are eleven ASCII digits', () => {
    expect(isPersonalNumber('05876600324')).toBe(true)
    for (const value of [
      '0587660032',
      '058766003244',
      '0587660032a',
      '٠٥٨٧٦٦٠٠٣٢٤',
      5876600324,
      undefined,
      '05876600324\n',
    ]) {
      expect(isPersonalNumber(value)).toBe(false)
      expect(isSyntheticPersonalNumber(value)).toBe(false)
    }
  })

  it('are synthetic with month + 80', () => {
    for (const month of ['81', '85', '92']) expect(isSyntheticPersonalNumber(`05${month}6600324`)).toBe(true)
    for (const month of ['01', '12', '41', '52', '80', '93', '00', '99'])
      expect(isSyntheticPersonalNumber(`05${month}6600324`)).toBe(false)
    expect(isSyntheticPersonalNumber('45876600324')).toBe(true)
  })
})

it('E07 refuses adversarial text', () => {
  for (const text of ADVERSARIAL) {
    expect(
      [isOrganisationNumber, hasValidCheckDigit, isPersonalNumber, isSyntheticPersonalNumber].map((f) => f(text)),
    ).toEqual([false, false, false, false])
  }
})
