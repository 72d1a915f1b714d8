import { describe, expect, it } from '@jest/globals'
import { parseArguments } from './arguments.mjs'
import { characterColumnsOf, relabelCatalogueTypes } from './catalogue-client.mjs'
import { withoutPassword } from './connection.mjs'
import { databaseOf, quoted, withDatabase } from './database.mjs'
import { answer } from './rpc.mjs'

describe('the arguments of the schema engine', () => {
  it('reads what the CLI of this version gives', () => {
    const argv = ['--datamodels', '/a b/schema.prisma', '--datasource', '{"url":"postgresql://h/d"}']
    expect(parseArguments([...argv, '--enabled-preview-features', 'views', 'cli', 'create-database'])).toEqual({
      version: false,
      datamodels: ['/a b/schema.prisma'],
      datasource: { url: 'postgresql://h/d' },
      command: 'create-database',
    })
  })

  it('stops at a flag it does not know and at a missing value', () => {
    expect(() => parseArguments(['--new-flag', 'x'])).toThrow(/unknown argument --new-flag/)
    expect(() => parseArguments(['--datasource'])).toThrow(/needs a value/)
  })
})

describe('catalogue types', () => {
  it('become text, arrays of text and characters', () => {
    const rows = [['n', '{a,b}', 'x', 7]]
    const fields = [18, 1003, 2205, 23].map((dataTypeID) => ({ dataTypeID }))
    relabelCatalogueTypes({ fields, rows })
    expect(fields.map((field) => field.dataTypeID)).toEqual([25, 1009, 25, 23])
    expect(rows).toEqual([['n', ['a', 'b'], 'x', 7]])
    expect(characterColumnsOf(rows)).toEqual([0])
  })
})

describe('connection strings', () => {
  it('travel without their password', () => {
    const environment = withoutPassword('postgresql://own:p%40ss%2Fw@127.0.0.1:5432/d')
    expect(environment['PGPASSWORD']).toBe('p@ss/w')
    expect(environment['MIGRATION_DATABASE_URL']).toBe('postgresql://own@127.0.0.1:5432/d')
    const plain = 'postgresql://own@h/d'
    expect(withoutPassword(plain)).toEqual({ MIGRATION_DATABASE_URL: plain, DATABASE_URL: plain })
  })

  it('name another database and quote it', () => {
    expect(databaseOf(withDatabase('postgresql://own@h/d?schema=s', 'a b'))).toBe('a b')
    expect(quoted('a"b')).toBe('"a""b"')
  })
})

describe('an RPC answer', () => {
  const engine = {
    version: () => Promise.resolve('18'),
    diff: () => Promise.resolve({ exitCode: 2, stdout: 'DROP' }),
    reset: () => Promise.reject(Object.assign(new Error('locked'), { code: 'P1002' })),
  }
  it('renames, prints a diff first, and reports errors', async () => {
    expect(await answer(engine, { id: 1, method: 'getDatabaseVersion' })).toMatchObject([{ id: 1, result: '18' }])
    const printed = await answer(engine, { id: 2, method: 'diff' })
    expect(printed).toMatchObject([
      { method: 'print', params: { content: 'DROP' } },
      { id: 2, result: { exitCode: 2 } },
    ])
    const failed = await answer(engine, { id: 3, method: 'reset' })
    expect(failed).toMatchObject([
      { id: 3, error: { data: { message: 'locked', error_code: 'P1002', is_panic: false } } },
    ])
    expect(await answer(engine, { id: 4, method: 'constructor2' })).toMatchObject([{ error: { code: 4466 } }])
  })
})
