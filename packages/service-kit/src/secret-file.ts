import { readFileSync } from 'node:fs'
import { ConfigError } from './config.js'

const BASE64URL_32 = /^[A-Za-z0-9_-]{43}=?$/

/** A 32-byte key, stored as base64url in a file. Throws `ConfigError`, which names the path and never the content. */
export function readSecretFile(path: string): Buffer {
  const text = readTextFile(path)
  if (!BASE64URL_32.test(text)) throw new ConfigError(`${path} must hold 32 random bytes in base64url`)
  return Buffer.from(text, 'base64url')
}

/** The trimmed text of a file: a seed, a password, a certificate. Throws `ConfigError`. */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error'
    throw new ConfigError(`${path} cannot be read (${code}): mount the secret there or correct the variable`, { cause })
  }
}
