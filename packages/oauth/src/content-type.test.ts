import { describe, expect, it } from '@jest/globals'
import { isFormContentType } from './content-type.js'

const FORM = 'application/x-www-form-urlencoded'

describe('isFormContentType', () => {
  it.each([FORM, `${FORM};charset=UTF-8`, `${FORM}; charset=utf-8`, `${FORM} ; charset="utf-8"`, FORM.toUpperCase()])(
    'takes %j',
    (header) => {
      expect(isFormContentType(header)).toBe(true)
    },
  )

  it.each([
    undefined,
    '',
    ` ${FORM}`,
    `${FORM} `,
    `\t${FORM}`,
    `${FORM}\t`,
    `${FORM}\ta`,
    `${FORM};\tcharset=utf-8`,
    `${FORM};charset=iso-8859-1`,
    `${FORM};charset=utf-7`,
    `${FORM};charset="utf-8`,
    `${FORM};charset=utf-8;charset=utf-8`,
    `${FORM};`,
    `${FORM},${FORM}`,
    `${FORM}\n`,
    `${FORM};charset=utf-8\n`,
    `x${FORM}`,
    'application/json',
    'application/json\ta',
    'multipart/form-data',
    `${FORM};${' '.repeat(100_000)}charset=utf-8`,
  ])('I01 refuses %j', (header) => {
    expect(isFormContentType(header)).toBe(false)
  })
})
