import { randomBytes } from 'node:crypto'
import { IV_BYTES, KekError, TAG_BYTES, type Kek } from './kek.js'
import { openSession, type Pkcs11Options, type Pkcs11Session } from './pkcs11-session.js'

const VERSION = 2
/** PKCS#8 of a 4096-bit RSA key is about 2.4 kB. */
const MAX_BYTES = 16_384

/**
 * A KEK inside a PKCS#11 token, AES-256-GCM: it never leaves, and each wrap and unwrap is the token's own work (security.md,
 * section 4; J10). Opened at first use, and once anew where a call fails: tokens lose sessions when they restart.
 */
export function pkcs11Kek(options: Pkcs11Options): Kek {
  let open: Pkcs11Session | undefined
  const use = <T>(work: (session: Pkcs11Session) => T): T => {
    if (open !== undefined) {
      try {
        return work(open)
      } catch {
        open = undefined
      }
    }
    const fresh = openSession(options)
    const result = work(fresh)
    open = fresh
    return result
  }
  return {
    backend: 'pkcs11',
    wrap: async (secret, about) => Promise.resolve(use((session) => encrypt(session, secret, about))),
    unwrap: async (wrapped, about) => {
      if (wrapped[0] !== VERSION) throw new KekError(`${about} was not wrapped by a PKCS#11 KEK`)
      return Promise.resolve(use((session) => decrypt(session, wrapped, about)))
    },
  }
}

function encrypt({ library, pkcs11, session, key }: Pkcs11Session, secret: Uint8Array, about: string): Uint8Array {
  const iv = randomBytes(IV_BYTES)
  pkcs11.C_EncryptInit(session, mechanism(library, iv, about), key)
  const sealed = pkcs11.C_Encrypt(session, Buffer.from(secret), Buffer.alloc(secret.length + TAG_BYTES))
  return Buffer.concat([Buffer.of(VERSION), iv, sealed])
}

function decrypt({ library, pkcs11, session, key }: Pkcs11Session, wrapped: Uint8Array, about: string): Buffer {
  const iv = Buffer.from(wrapped.subarray(1, 1 + IV_BYTES))
  try {
    pkcs11.C_DecryptInit(session, mechanism(library, iv, about), key)
    return pkcs11.C_Decrypt(session, Buffer.from(wrapped.subarray(1 + IV_BYTES)), Buffer.alloc(MAX_BYTES))
  } catch (cause) {
    throw new KekError(`${about} does not open with this KEK: is it the one that wrapped it?`, { cause })
  }
}

const mechanism = (library: Pkcs11Session['library'], iv: Buffer, about: string) => ({
  mechanism: library.CKM_AES_GCM,
  parameter: {
    type: library.CK_PARAMS_AES_GCM,
    iv,
    ivBits: iv.length * 8,
    aad: Buffer.from(about),
    tagBits: TAG_BYTES * 8,
  },
})
