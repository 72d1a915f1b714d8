import { expect, it } from '@jest/globals'
import { KekError, type Kek } from './store/kek.js'

/** What every KEK does, whatever it is made of. `other`: a KEK of the same kind with another key. */
export function describeKek(kek: () => Kek, other: () => Kek): void {
  const secret = Buffer.from('a private key in PKCS#8')
  const refused = async (opening: Promise<Buffer>): Promise<void> => {
    await expect(opening).rejects.toThrow(KekError)
  }

  it('opens what it wrapped, for the same purpose', async () => {
    const wrapped = await kek().wrap(secret, 'signing-key:1')
    expect(await kek().unwrap(wrapped, 'signing-key:1')).toEqual(secret)
    expect(Buffer.from(wrapped).includes(secret)).toBe(false)
  })

  it('wraps the same secret differently each time', async () => {
    expect(await kek().wrap(secret, 'a')).not.toEqual(await kek().wrap(secret, 'a'))
  })

  it("refuses a secret that was put in another's place", async () => {
    await refused(kek().unwrap(await kek().wrap(secret, 'signing-key:1'), 'signing-key:2'))
  })

  it('refuses a secret with any altered byte', async () => {
    const wrapped = await kek().wrap(secret, 'a')
    for (const at of [0, 1, 12, 20, wrapped.length - 1]) {
      const altered = Buffer.from(wrapped)
      altered.writeUInt8(altered.readUInt8(at) ^ 1, at)
      await refused(kek().unwrap(altered, 'a'))
    }
    await refused(kek().unwrap(wrapped.subarray(0, 10), 'a'))
    await refused(kek().unwrap(Buffer.alloc(0), 'a'))
  })

  it('refuses what another KEK wrapped', async () => {
    await refused(other().unwrap(await kek().wrap(secret, 'a'), 'a'))
  })
}
