import { createRequire } from 'node:module'
import type { Handle, PKCS11 } from 'pkcs11js'
import { KekError } from './kek.js'

export interface Pkcs11Options {
  /** The vendor's library. */
  readonly module: string
  readonly tokenLabel: string
  readonly keyLabel: string
  /** Read at each login: a changed PIN needs no restart. */
  readonly pin: () => string
}

type Library = typeof import('pkcs11js')

export interface Pkcs11Session {
  readonly library: Library
  readonly pkcs11: PKCS11
  readonly session: Handle
  readonly key: Handle
}

/** Loaded on demand: only who uses this backend has the native half built. Throws `KekError` saying how. */
function loadLibrary(): Library {
  try {
    return createRequire(import.meta.url)('pkcs11js') as Library
  } catch (cause) {
    throw new KekError('pkcs11js is not built: run `pnpm run build:pkcs11` in services/signing-key', { cause })
  }
}

/** Logs in and finds the KEK. Throws `KekError` with what to put right on the token. */
export function openSession(options: Pkcs11Options): Pkcs11Session {
  const library = loadLibrary()
  const pkcs11 = new library.PKCS11()
  pkcs11.load(options.module)
  initialize(library, pkcs11)
  const slot = pkcs11.C_GetSlotList(true).find((one) => labelOf(pkcs11.C_GetTokenInfo(one)) === options.tokenLabel)
  if (slot === undefined) throw new KekError(`no token is labelled ${options.tokenLabel}: see PKCS11_TOKEN_LABEL`)
  const session = pkcs11.C_OpenSession(slot, library.CKF_SERIAL_SESSION)
  login({ library, pkcs11, session, pin: options.pin() })
  const key = findKey({ library, pkcs11, session }, options.keyLabel)
  return { library, pkcs11, session, key }
}

/** A library is initialised once for the process, a token logged in to once for all its sessions. */
function initialize(library: Library, pkcs11: PKCS11): void {
  ignoring(library.CKR_CRYPTOKI_ALREADY_INITIALIZED, () => pkcs11.C_Initialize())
}

function login(at: { library: Library; pkcs11: PKCS11; session: Handle; pin: string }): void {
  const { library, pkcs11, session, pin } = at
  ignoring(library.CKR_USER_ALREADY_LOGGED_IN, () => pkcs11.C_Login(session, library.CKU_USER, pin))
}

function ignoring(code: number, act: () => void): void {
  try {
    act()
  } catch (error) {
    if ((error as { code?: unknown }).code !== code) throw error
  }
}

type Open = Omit<Pkcs11Session, 'key'>

function findKey({ library, pkcs11, session }: Open, label: string): Handle {
  pkcs11.C_FindObjectsInit(session, [
    { type: library.CKA_CLASS, value: library.CKO_SECRET_KEY },
    { type: library.CKA_KEY_TYPE, value: library.CKK_AES },
    { type: library.CKA_LABEL, value: label },
  ])
  const found = pkcs11.C_FindObjects(session, 2)
  pkcs11.C_FindObjectsFinal(session)
  const [key] = found
  if (key === undefined || found.length > 1) {
    throw new KekError(`the token has ${found.length} AES keys labelled ${label}, not one: see PKCS11_KEY_LABEL`)
  }
  const flag = (type: number) => pkcs11.C_GetAttributeValue(session, key, [{ type }])[0]?.value[0] === 1
  if (!flag(library.CKA_SENSITIVE) || flag(library.CKA_EXTRACTABLE)) {
    throw new KekError(`the key labelled ${label} can be exported: make one that is sensitive and not extractable`)
  }
  return key
}

/** PKCS#11 pads with blanks; some tools pad with zero bytes. */
const labelOf = ({ label }: { label: string }): string => label.replaceAll('\0', ' ').trimEnd()
