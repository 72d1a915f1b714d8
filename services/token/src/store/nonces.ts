import { createDecipheriv, createSecretKey } from 'node:crypto'
import { checkNonce, issueNonce, nonceWindow, type NonceSecret } from '@tillit/oauth'
import type { ReadModel } from '@tillit/service-kit'
import type { Nonces } from '../domain/ports.js'

/** The read model's one entry: secrets sealed under a key that each entitled service has in a file, newest first. */
export interface SealedSecrets {
  readonly secrets: readonly SealedSecret[]
}
interface SealedSecret {
  readonly id: number
  /** base64url(iv(12) | ciphertext | tag(16)), AES-256-GCM, with `dpop-nonce:<id>` as associated data. */
  readonly sealed: string
}

export interface NonceStore extends Nonces {
  hasSecret(): boolean
}

interface Window {
  readonly number: number
  readonly current: string
  /** Every nonce that is good in this window. They are public: whoever asks gets one. */
  readonly good: ReadonlySet<string>
}

const IV_BYTES = 12
const TAG_BYTES = 16

/** Stateless nonces, the same on every replica (helseid.md section 3). `sealingKey`: 32 bytes. */
export function createNonceStore(model: Pick<ReadModel<SealedSecrets>, 'onChange'>, sealingKey: Buffer): NonceStore {
  const key = createSecretKey(sealingKey)
  let secrets: readonly NonceSecret[] = []
  let window: Window | undefined
  const open = ({ id, sealed }: SealedSecret): NonceSecret[] => {
    const bytes = Buffer.from(sealed, 'base64url')
    if (bytes.length <= IV_BYTES + TAG_BYTES) return []
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES))
    decipher.setAAD(Buffer.from(`dpop-nonce:${id}`))
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
    try {
      const secret = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()])
      return [{ id, secret: createSecretKey(secret) }]
    } catch {
      // Sealed under another key: without any secret that opens, this process is not ready and says so.
      return []
    }
  }
  model.onChange((_key, value) => {
    secrets = value?.secrets.flatMap(open) ?? []
    window = undefined
  })
  const windowAt = (now: number): Window | undefined => {
    const number = nonceWindow(now)
    if (window?.number !== number) window = makeWindow(number, secrets)
    return window
  }
  return {
    current: (now) => windowAt(now)?.current,
    check: (nonce, now) =>
      nonce !== undefined && windowAt(now)?.good.has(nonce)
        ? 'ok'
        : checkNonce(nonce, { secrets, purpose: 'token', now }),
    hasSecret: () => secrets.length > 0,
  }
}

/** One HMAC a secret and window, not one a request. */
function makeWindow(number: number, secrets: readonly NonceSecret[]): Window | undefined {
  const [newest] = secrets
  if (newest === undefined) return undefined
  const good = secrets.flatMap((secret) => [number, number - 1].map((n) => issueNonce(secret, 'token', n)))
  return { number, current: issueNonce(newest, 'token', number), good: new Set(good) }
}
