import { describe, expect, it } from '@jest/globals'
import Type from 'typebox'
import { withDocumentation } from './documentation.js'
import type { ServiceConfig } from './service-config.js'
import { valuesSchema } from './values-schema.js'
import { valueRows } from './values-table.js'

const service = (name: string, section: string, more: ServiceConfig['properties'] = {}): ServiceConfig => ({
  service: name,
  section,
  required: ['ISSUER', 'MUST'],
  meanings: { OWN: 'Its own | thing.' },
  properties: {
    ISSUER: Type.String(),
    KEY_FILE: Type.String(),
    TEST_PAUSE: Type.Integer(),
    LOG_LEVEL: Type.Union([Type.Literal('info'), Type.Literal('debug')], { default: 'info' }),
    ...more,
  },
})
const services = [
  service('token', 'token', { OWN: Type.Integer({ minimum: 1, default: 7 }), MUST: Type.String() }),
  service('audit', 'audit'),
]

interface Schema {
  readonly properties: Record<string, Schema>
  readonly additionalProperties?: boolean
  readonly enum?: unknown[]
}

describe('valuesSchema', () => {
  const schema = valuesSchema(services) as Schema
  const config = (section: string): Schema | undefined => schema.properties[section]?.properties['config']

  it('takes each service’s own variables, and under common those of all', () => {
    expect(Object.keys(config('token')?.properties ?? {})).toEqual(['LOG_LEVEL', 'MUST', 'OWN'])
    expect(Object.keys(config('audit')?.properties ?? {})).toEqual(['LOG_LEVEL'])
    expect(Object.keys(config('common')?.properties ?? {})).toEqual(['LOG_LEVEL'])
    expect(config('token')?.properties['OWN']).toMatchObject({ type: 'integer', minimum: 1 })
    expect(config('token')?.properties['LOG_LEVEL']?.enum).toEqual(['info', 'debug'])
  })

  it('is closed everywhere but in global', () => {
    expect(schema.additionalProperties).toBe(false)
    expect(config('token')?.additionalProperties).toBe(false)
    expect(schema.properties['global']?.additionalProperties).toBe(true)
  })
})

describe('documentation', () => {
  const yaml = [
    '# -- The first',
    'first: 1',
    'map:',
    '  # a remark',
    '',
    '  # -- Inside',
    '  inner: {a: 1}',
    '  bare: text',
    '# -- As one',
    'whole:',
    '  a: 1',
  ].join('\n')

  it('makes a row of each documented key and of each leaf', () => {
    expect(valueRows(yaml)).toEqual([
      { path: 'first', byDefault: '`1`', meaning: 'The first' },
      { path: 'map.inner', byDefault: '`{"a":1}`', meaning: 'Inside' },
      { path: 'map.bare', byDefault: '`"text"`', meaning: '' },
      { path: 'whole', byDefault: '`{"a":1}`', meaning: 'As one' },
    ])
  })

  it('replaces the generated part only, and repeats itself exactly', () => {
    const readme = 'before\n<!-- generated: begin -->\nold\n<!-- generated: end -->\nafter\n'
    const text = withDocumentation(readme, yaml, services)
    expect(text).toMatch(/^before\n/)
    expect(text).toMatch(/\nafter\n$/)
    expect(text).not.toContain('old')
    expect(text).toContain('| `OWN` | `7` | Its own \\| thing. |')
    expect(text).toContain('| `MUST` | required |  |')
    expect(withDocumentation(text, yaml, services)).toBe(text)
    expect(() => withDocumentation('no markers', yaml, services)).toThrow('lacks')
  })
})
