import { describe, expect, it } from '@jest/globals'
import { ADVERSARIAL } from './keys.fixture.js'
import { isUuidV7, timeOfUuidV7 } from './uuid7.js'

describe('UUID version 7', () => {
  it('RFC 9562 appendix A.6', () => {
    const id = '017f22e2-79b0-7cc3-98c4-dc0c0c07398f'
    expect(isUuidV7(id)).toBe(true)
    expect(timeOfUuidV7(id)).toBe(Date.parse('2022-02-22T14:22:22-05:00'))
    expect(timeOfUuidV7('ffffffff-ffff-7000-8000-000000000000')).toBe(2 ** 48 - 1)
  })

  it.each([
    '',
    '017f22e2-79b0-4cc3-98c4-dc0c0c07398f',
    '017f22e2-79b0-7cc3-c8c4-dc0c0c07398f',
    '017F22E2-79B0-7CC3-98C4-DC0C0C07398F',
    '017f22e279b07cc398c4dc0c0c07398f',
    '017f22e2-79b0-7cc3-98c4-dc0c0c07398',
    '017f22e2-79b0-7cc3-98c4-dc0c0c07398ff',
    'g17f22e2-79b0-7cc3-98c4-dc0c0c07398f',
    '{17f22e2-79b0-7cc3-98c4-dc0c0c07398}',
  ])('refuses %j', (id) => {
    expect(isUuidV7(id)).toBe(false)
    expect(timeOfUuidV7(id)).toBeUndefined()
  })

  it('E07 refuses adversarial text and other types', () => {
    for (const value of [...ADVERSARIAL, 1, null, undefined, {}]) expect(isUuidV7(value)).toBe(false)
  })
})
