import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/**
 * The key-encryption key (architecture.md, "Keys"). `about` binds a wrapped secret to what it is, so that one cannot be put
 * in another's place.
 */
export interface Kek {
  readonly backend: string
  wrap(secret: Uint8Array, about: string): Promise<Uint8Array>
  /** Throws `KekError` where the wrapped secret was altered, is about something else or is under another KEK. */
  unwrap(wrapped: Uint8Array, about: string): Promise<Buffer>
}

/** A wrapped secret does not open. Its message names the secret, never its content. */
export class KekError extends Error {
  override readonly name = 'KekError'
}

const VERSION = 1
export const IV_BYTES = 12
export const TAG_BYTES = 16

/** AES-256-GCM; layout iv | ciphertext | tag. */
export function sealGcm(key: Uint8Array, secret: Uint8Array, about: string): Buffer {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(about))
  return Buffer.concat([iv, cipher.update(secret), cipher.final(), cipher.getAuthTag()])
}

/** The reverse of `sealGcm`. Throws `KekError`. */
export function openGcm(key: Uint8Array, sealed: Uint8Array, about: string): Buffer {
  if (sealed.length < IV_BYTES + TAG_BYTES) throw new KekError(`${about} is too short to be a wrapped secret`)
  const at = sealed.length - TAG_BYTES
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(about)).setAuthTag(sealed.subarray(at))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, at)), decipher.final()])
  } catch (cause) {
    throw new KekError(`${about} does not open with this KEK: is it the one that wrapped it?`, { cause })
  }
}

/** A KEK from a file: for local use and tests only, since whoever reads the file and the database has the keys. */
export function fileKek(key: Uint8Array): Kek {
  return {
    backend: 'file',
    wrap: (secret, about) => Promise.resolve(Buffer.concat([Buffer.of(VERSION), sealGcm(key, secret, about)])),
    unwrap: async (wrapped, about) => {
      if (wrapped[0] !== VERSION) throw new KekError(`${about} is wrapped in an unknown format`)
      return Promise.resolve(openGcm(key, wrapped.subarray(1), about))
    },
  }
}
