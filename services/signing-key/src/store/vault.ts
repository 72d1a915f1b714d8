import { createPrivateKey, createPublicKey, generateKeyPair, randomBytes, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { jwkThumbprint, type JwsAlg } from '@tillit/oauth'
import type { KeyRecord, NonceRecord } from '../domain/key-state.js'
import type { Signer, Vault } from '../domain/ports.js'
import { publicJwkOf } from '../domain/public-keys.js'
import { KekError, sealGcm, type Kek } from './kek.js'
import { makeSigner } from './signer.js'

const RSA_BITS = 3072
const SECRET_BYTES = 32
const generate = promisify(generateKeyPair)

/** Makes, wraps and opens keys. What it makes leaves it wrapped; what it opens can only sign. */
export function createVault(kek: Kek, nonceKey: Uint8Array): Vault {
  return {
    backend: kek.backend,
    makeKey: async (alg) => {
      const { privateKey, publicKey } = await makePair(alg)
      const jwk = publicKey.export({ format: 'jwk' })
      const kid = jwkThumbprint(jwk)
      const der = privateKey.export({ format: 'der', type: 'pkcs8' })
      const wrapped = await kek.wrap(der, aboutKey(kid)).finally(() => der.fill(0))
      return { kid, publicJwk: publicJwkOf({ ...jwk }, { kid, alg }), wrapped }
    },
    open: (record) => openKey(kek, record),
    makeSecret: (id) => kek.wrap(randomBytes(SECRET_BYTES), aboutSecret(id)),
    seal: async ({ id, wrapped }: NonceRecord) => {
      const secret = await kek.unwrap(wrapped, aboutSecret(id))
      const sealed = sealGcm(nonceKey, secret, `dpop-nonce:${id}`).toString('base64url')
      secret.fill(0)
      return sealed
    },
  }
}

const aboutKey = (kid: string): string => `signing-key:${kid}`
const aboutSecret = (id: number): string => `nonce-secret:${id}`

function makePair(alg: JwsAlg): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
  switch (alg) {
    case 'ES256':
      return generate('ec', { namedCurve: 'P-256' })
    case 'PS256':
    case 'RS256':
      return generate('rsa', { modulusLength: RSA_BITS })
    default:
      return Promise.reject(new Error(`no keys are made for ${alg}`))
  }
}

/** Opens a key and holds it against its name: a row that was tampered with signs nothing. */
async function openKey(kek: Kek, { kid, alg, wrapped }: KeyRecord): Promise<Signer> {
  if (wrapped === undefined) throw new KekError(`${aboutKey(kid)} has no private half any more`)
  const der = await kek.unwrap(wrapped, aboutKey(kid))
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  der.fill(0)
  if (jwkThumbprint(createPublicKey(key).export({ format: 'jwk' })) !== kid) {
    throw new KekError(`${aboutKey(kid)} is not the key that its name says`)
  }
  return makeSigner(key, { kid, alg })
}
