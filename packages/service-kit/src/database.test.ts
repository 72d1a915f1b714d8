import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { databasePool, isDatabaseUnavailable } from './database.js'

const withCode = (code: string, cause?: unknown): Error => Object.assign(new Error('x', { cause }), { code })

describe('isDatabaseUnavailable', () => {
  it.each(['ECONNREFUSED', 'ECONNRESET', '57P01', '57P03', '08006', '53300', 'P1001', 'P2024', '40001'])(
    '%s is',
    (code) => {
      expect(isDatabaseUnavailable(withCode(code))).toBe(true)
      expect(isDatabaseUnavailable(new Error('outer', { cause: withCode(code) }))).toBe(true)
    },
  )

  it.each(['23505', '42601', 'P2002', 'P2025', '22P02'])('%s is not: it is about the request', (code) => {
    expect(isDatabaseUnavailable(withCode(code))).toBe(false)
  })

  it('looks into the errors of a failed happy-eyeballs connect and of an adapter', () => {
    expect(isDatabaseUnavailable(new AggregateError([withCode('ECONNREFUSED')]))).toBe(true)
    const adapter = Object.assign(new Error('x'), { meta: { driverAdapterError: withCode('57P01') } })
    expect(isDatabaseUnavailable(adapter)).toBe(true)
  })

  it.each([
    [{ kind: 'DatabaseNotReachable', host: '127.0.0.1' }, true],
    [{ kind: 'TooManyConnections' }, true],
    [{ kind: 'postgres', originalCode: '57P01' }, true],
    [{ kind: 'postgres', originalCode: '57014' }, true],
    [{ kind: 'postgres', originalCode: '42501' }, false],
    [{ kind: 'postgres', originalCode: '22P05' }, false],
  ])('sees through what Prisma wraps around a raw query: %j is %s', (cause, expected) => {
    const adapter = Object.assign(new Error('DriverAdapterError'), { cause })
    const raw = Object.assign(new Error('Raw query failed'), { code: 'P2010', meta: { driverAdapterError: adapter } })
    expect(isDatabaseUnavailable(raw)).toBe(expected)
  })

  it('is not confused by values that are no errors, or by a circle of causes', () => {
    const circle = new Error('a')
    circle.cause = circle
    expect([undefined, 'ECONNREFUSED', {}, circle].map(isDatabaseUnavailable)).toEqual([false, false, false, false])
  })
})

describe('databasePool', () => {
  it('reads the password anew for each connection: a rotated one needs no restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tillit-db-'))
    const file = join(folder, 'password')
    const pool = databasePool({
      DATABASE_URL: 'postgresql://u@h/d',
      DATABASE_PASSWORD_FILE: file,
      DATABASE_POOL_MAX: 3,
    })
    writeFileSync(file, 'first\n')
    expect(await pool.password()).toBe('first')
    writeFileSync(file, 'second\n')
    expect(await pool.password()).toBe('second')
    expect(pool.max).toBe(3)
    rmSync(folder, { recursive: true })
  })
})
