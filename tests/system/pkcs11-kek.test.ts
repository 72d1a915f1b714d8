import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ROOT } from '@tillit/deploy-local'
import { describeKek } from '../../services/signing-key/src/kek-suite.fixture.js'
import { pkcs11Kek } from '../../services/signing-key/src/store/pkcs11-kek.js'
import { openSession } from '../../services/signing-key/src/store/pkcs11-session.js'
import { createVault } from '../../services/signing-key/src/store/vault.js'
import { needs } from '../support/apt.js'

const run = promisify(execFile)
const MODULES = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so']
const SERVICE = path.join(ROOT, 'services/signing-key')
const PIN = '1234'
// In SoftHSM's own folder: it reads its settings from the real environment, which jest's copy does not reach.
const TOKEN = `tillit-${randomUUID().slice(0, 8)}`
let library: typeof import('pkcs11js')

const softHsm = (): string | undefined => MODULES.find((file) => existsSync(file))
const options = (keyLabel: string) => ({ module: softHsm() ?? '', tokenLabel: TOKEN, keyLabel, pin: () => PIN })

beforeAll(async () => {
  await needs('softhsm2', () => softHsm() !== undefined)
  await run(process.execPath, [path.join(SERVICE, 'pkcs11/build.mjs')])
  library = createRequire(path.join(SERVICE, 'package.json'))('pkcs11js') as typeof import('pkcs11js')
  await run('softhsm2-util', ['--init-token', '--free', '--label', TOKEN, '--so-pin', '87654321', '--pin', PIN])
  makeKeys()
}, 300_000)
afterAll(async () => {
  await run('softhsm2-util', ['--delete-token', '--token', TOKEN])
})

/** Two KEKs as a ceremony makes them, and one that can be exported. */
function makeKeys(): void {
  const pkcs11 = new library.PKCS11()
  pkcs11.load(softHsm() ?? '')
  pkcs11.C_Initialize()
  const slot = pkcs11.C_GetSlotList(true).find((one) => pkcs11.C_GetTokenInfo(one).label.trim() === TOKEN)
  if (slot === undefined) throw new Error('SoftHSM has no token')
  const session = pkcs11.C_OpenSession(slot, library.CKF_SERIAL_SESSION | library.CKF_RW_SESSION)
  pkcs11.C_Login(session, library.CKU_USER, PIN)
  for (const label of ['kek', 'other', 'weak']) {
    pkcs11.C_GenerateKey(session, { mechanism: library.CKM_AES_KEY_GEN }, [
      { type: library.CKA_LABEL, value: label },
      { type: library.CKA_TOKEN, value: true },
      { type: library.CKA_PRIVATE, value: true },
      { type: library.CKA_SENSITIVE, value: label !== 'weak' },
      { type: library.CKA_EXTRACTABLE, value: label === 'weak' },
      { type: library.CKA_VALUE_LEN, value: 32 },
      { type: library.CKA_ENCRYPT, value: true },
      { type: library.CKA_DECRYPT, value: true },
    ])
  }
  pkcs11.C_Finalize()
}

describe('a KEK in a PKCS#11 token', () => {
  describeKek(
    () => pkcs11Kek(options('kek')),
    () => pkcs11Kek(options('other')),
  )

  it.each(['ES256', 'PS256', 'RS256'] as const)('wraps and opens %s keys', async (alg) => {
    const vault = createVault(pkcs11Kek(options('kek')), Buffer.alloc(32))
    const times = { createdAt: 0, notBefore: 0, activatedAt: undefined, removeAfter: undefined }
    const key = { ...(await vault.makeKey(alg)), alg, purpose: 'access' as const, status: 'active' as const, ...times }
    expect((await vault.open(key)).kid).toBe(key.kid)
  })

  it('J10 refuses to give the key: CKR_ATTRIBUTE_SENSITIVE', () => {
    const { pkcs11, session, key } = openSession(options('kek'))
    expect(() => pkcs11.C_GetAttributeValue(session, key, [{ type: library.CKA_VALUE }])).toThrow(
      'CKR_ATTRIBUTE_SENSITIVE',
    )
  })

  it('J10 is refused when it could be exported', async () => {
    await expect(pkcs11Kek(options('weak')).wrap(Buffer.of(1), 'a')).rejects.toThrow('can be exported')
  })

  it('says what is missing', async () => {
    await expect(pkcs11Kek(options('none')).wrap(Buffer.of(1), 'a')).rejects.toThrow('PKCS11_KEY_LABEL')
    const elsewhere = { ...options('kek'), tokenLabel: 'none' }
    await expect(pkcs11Kek(elsewhere).wrap(Buffer.of(1), 'a')).rejects.toThrow('PKCS11_TOKEN_LABEL')
  })

  it('goes on after the token has lost its sessions', async () => {
    const kek = pkcs11Kek(options('kek'))
    const wrapped = await kek.wrap(Buffer.from('x'), 'a')
    const pkcs11 = new library.PKCS11()
    pkcs11.load(softHsm() ?? '')
    pkcs11.C_Finalize()
    expect((await kek.unwrap(wrapped, 'a')).toString()).toBe('x')
  })
})
