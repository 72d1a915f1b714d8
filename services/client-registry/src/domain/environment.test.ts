import { describe, expect, it } from '@jest/globals'
import { organisationNumberProblem } from './environment.js'

describe('organisation numbers', () => {
  it.each(['974760673', '923609016', '889640782'])(
    'F06 takes %s in production: its control digit is right',
    (orgnr) => {
      expect(organisationNumberProblem(orgnr, 'production')).toBeUndefined()
    },
  )

  it.each(['974760674', '000000001', '999977775'])('F06 refuses %s in production, not elsewhere', (orgnr) => {
    expect(organisationNumberProblem(orgnr, 'production')).toMatch(/control digit/)
    expect(organisationNumberProblem(orgnr, 'test')).toBeUndefined()
  })

  it.each(['', '12345678', '1234567890', '12345678x', '12345678\n', '１２３４５６７８９'])(
    'F06 refuses %j everywhere',
    (text) => {
      expect(organisationNumberProblem(text, 'local')).toBe('must be nine digits')
    },
  )
})
