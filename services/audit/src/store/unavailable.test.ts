import { describe, expect, it } from '@jest/globals'
import { isDatabaseUnavailable } from '@tillit/service-kit'
import { refusesData } from './database.js'
import { tellingAway } from './unavailable.js'

/** As Prisma throws it for a raw query. */
const prismaError = (cause: object) => {
  const adapter = Object.assign(new Error('DriverAdapterError'), { cause })
  return Object.assign(new Error('Raw query failed'), { code: 'P2010', meta: { driverAdapterError: adapter } })
}
const thrownFor = (err: unknown) =>
  tellingAway({ call: () => Promise.reject(err as Error) })
    .call()
    .catch((thrown: unknown) => thrown)

describe('tellingAway', () => {
  it.each([
    { kind: 'DatabaseNotReachable', host: '127.0.0.1' },
    { kind: 'TooManyConnections' },
    { kind: 'postgres', originalCode: '57P01' },
    { kind: 'postgres', originalCode: '57014' },
    { kind: 'TransactionWriteConflict', originalCode: '40P01' },
  ])('says unavailable for %j', async (cause) => {
    const err = prismaError(cause)
    const thrown = await thrownFor(err)
    expect([isDatabaseUnavailable(thrown), refusesData(thrown)]).toEqual([true, false])
    expect((thrown as Error).cause).toBe(err)
  })

  it.each(['42501', '42P01', '22P05'])('leaves %s alone', async (originalCode) => {
    const err = prismaError({ kind: 'postgres', originalCode })
    expect(await thrownFor(err)).toBe(err)
    expect(refusesData(err)).toBe(originalCode.startsWith('22'))
  })
})
