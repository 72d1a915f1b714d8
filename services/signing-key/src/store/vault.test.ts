import { describe, expect, it } from '@jest/globals'
import { createDecipheriv, randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { encodeBase64url, jwkThumbprint, type JwsAlg } from '@tillit/oauth'
import { calculateJwkThumbprint, compactVerify, importJWK } from 'jose'
import type { KeyRecord } from '../domain/key-state.js'
import { fileKek, KekError } from './kek.js'
import { createVault } from './vault.js'

const kek = fileKek(randomBytes(32))
const nonceKey = randomBytes(32)
const vault = createVault(kek, nonceKey)

async function makeKey(alg: JwsAlg): Promise<KeyRecord> {
  const times = { createdAt: 0, notBefore: 0, activatedAt: undefined, removeAfter: undefined }
  return { ...(await vault.makeKey(alg)), alg, purpose: 'access', status: 'active', ...times }
}

describe('vault', () => {
  it.each(['ES256', 'PS256', 'RS256'] as const)('signs %s so that jose verifies it', async (alg) => {
    const key = await makeKey(alg)
    const signer = await vault.open(key)
    const input = `${signer.header('at+jwt')}.${encodeBase64url('{"æ":"ø"}')}`
    const jws = `${input}.${await signer.sign(input)}`
    const { protectedHeader, payload } = await compactVerify(jws, await importJWK({ ...key.publicJwk }, alg))
    expect(protectedHeader).toEqual({ alg, typ: 'at+jwt', kid: key.kid })
    expect(Buffer.from(payload).toString()).toBe('{"æ":"ø"}')
    expect(key.kid).toBe(await calculateJwkThumbprint({ ...key.publicJwk }))
  })

  it('makes RSA keys of 3072 bits', async () => {
    const key = await makeKey('PS256')
    expect(Buffer.from(key.publicJwk['n'] ?? '', 'base64url')).toHaveLength(384)
  })

  it('makes nothing for other algorithms', async () => {
    await expect(vault.makeKey('EdDSA')).rejects.toThrow('EdDSA')
  })

  it('J10 stores and shows public members only', async () => {
    for (const alg of ['ES256', 'RS256'] as const) {
      const { publicJwk } = await makeKey(alg)
      const wanted = alg === 'ES256' ? ['kty', 'crv', 'x', 'y'] : ['kty', 'n', 'e']
      expect(Object.keys(publicJwk)).toEqual([...wanted, 'kid', 'alg', 'use'])
    }
  })

  it('J10 opens a key to a signer that holds nothing to export or to log', async () => {
    const signer = await vault.open(await makeKey('ES256'))
    expect(Object.keys(signer).sort()).toEqual(['alg', 'header', 'kid', 'sign'])
    expect(JSON.stringify(signer)).toBe(JSON.stringify({ kid: signer.kid, alg: 'ES256' }))
    expect(inspect(signer, { depth: 9 })).not.toMatch(/KeyObject|PRIVATE/)
  })

  it('J10 refuses a row whose private half is that of another key', async () => {
    const [one, two] = [await makeKey('ES256'), await makeKey('ES256')]
    await expect(vault.open({ ...one, wrapped: two.wrapped })).rejects.toThrow(KekError)
    const der = await kek.unwrap(two.wrapped ?? Buffer.alloc(0), `signing-key:${two.kid}`)
    const moved = await kek.wrap(der, `signing-key:${one.kid}`)
    await expect(vault.open({ ...one, wrapped: moved })).rejects.toThrow('is not the key that its name says')
  })

  it('refuses a key whose private half is gone', async () => {
    await expect(vault.open({ ...(await makeKey('ES256')), wrapped: undefined })).rejects.toThrow('no private half')
  })

  it('seals nonce secrets as the contract of the bucket says', async () => {
    const wrapped = await vault.makeSecret(7)
    const sealed = Buffer.from(await vault.seal({ id: 7, wrapped, createdAt: 0 }), 'base64url')
    const decipher = createDecipheriv('aes-256-gcm', nonceKey, sealed.subarray(0, 12))
    decipher.setAAD(Buffer.from('dpop-nonce:7')).setAuthTag(sealed.subarray(-16))
    const secret = Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()])
    expect(secret).toEqual(await kek.unwrap(wrapped, 'nonce-secret:7'))
    expect(secret).toHaveLength(32)
  })

  it('names a key by its own thumbprint', async () => {
    const { kid, publicJwk } = await makeKey('ES256')
    expect(jwkThumbprint(publicJwk)).toBe(kid)
  })
})
