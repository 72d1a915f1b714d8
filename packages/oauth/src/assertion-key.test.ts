import { createHmac } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { assertion, check, CLAIMS, key } from './assertion.fixture.js'
import { encodeBase64url } from './base64url.js'
import { DECOY_KEYS } from './decoy-keys.js'
import type { JwsAlg } from './jws-alg.js'
import { clientKey, ecKey, edKey, expectRefusal, NOW, rsaKey, type TestKey } from './keys.fixture.js'

const rsa = rsaKey()

describe('the key of a client assertion', () => {
  it('accepts every algorithm of helseid.md section 2', () => {
    const p384 = ecKey('P-384')
    const p521 = ecKey('P-521')
    const ed = edKey()
    const signers: [JwsAlg, TestKey][] = [
      ['RS256', rsa],
      ['RS384', rsa],
      ['RS512', rsa],
      ['PS256', rsa],
      ['PS384', rsa],
      ['PS512', rsa],
      ['ES256', key],
      ['ES384', p384],
      ['ES512', p521],
      ['EdDSA', ed],
      ['Ed25519', ed],
    ]
    const keys = [rsa, key, p384, p521, ed].map((k) => clientKey(k))
    for (const [alg, signer] of signers) {
      expect(check(assertion({}, { kid: undefined }, { key: signer, alg }), { keys }).alg).toBe(alg)
    }
  })

  it('B07 refuses HS256 keyed with the registered public key', () => {
    const pem = key.publicKey.export({ format: 'pem', type: 'spki' })
    for (const secret of [pem, `\n${pem}`]) {
      const input = `${encodeBase64url('{"alg":"HS256","kid":"k1"}')}.${encodeBase64url(JSON.stringify(CLAIMS))}`
      const compact = `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
      expectRefusal(() => check(compact), 'invalid_client', 'must be signed with')
    }
  })

  it('B08 never uses jwk, jku, x5u or x5c from the header', () => {
    const attacker = ecKey()
    for (const header of [
      { jwk: attacker.jwk },
      { jku: 'https://attacker.example/jwks' },
      { x5u: 'https://attacker.example/cert' },
      { x5c: ['AAAA'] },
    ]) {
      const forged = assertion({}, { ...header, kid: undefined }, { key: attacker, alg: 'ES256' })
      expectRefusal(() => check(forged), 'invalid_client', 'signature')
      expect(check(assertion({}, header)).jti).toBe('id-1')
    }
  })

  it('B09 refuses kid as path, SQL, __proto__ or 10 kB', () => {
    for (const kid of ['../../dev/null', "k1' OR '1'='1", '__proto__', 'constructor', '']) {
      expectRefusal(() => check(assertion({}, { kid })), 'invalid_client', 'kid')
    }
    expectRefusal(() => check(assertion({}, { kid: 'k'.repeat(10_000) })), 'invalid_client', 'kid')
  })

  it('B09 with one kid for keys of two kinds, each verifies its own algorithm only', () => {
    const keys = [clientKey(rsa, { kid: 'k1' }), clientKey(key, { kid: 'k1' })]
    expect(check(assertion(), { keys }).thumbprint).toBe(keys[1]?.thumbprint)
    expect(check(assertion({}, {}, { key: rsa, alg: 'PS256' }), { keys }).thumbprint).toBe(keys[0]?.thumbprint)
    expectRefusal(
      () => check(assertion({}, {}, { key: ecKey(), alg: 'ES256' }), { keys }),
      'invalid_client',
      'signature',
    )
  })

  it('tries all keys when the assertion names none, and keys without kid for any', () => {
    const keys = [clientKey(ecKey(), { kid: 'other' }), clientKey(key, { kid: 'k1' })]
    expect(check(assertion({}, { kid: undefined }), { keys }).kid).toBeUndefined()
    expect(check(assertion({}, { kid: 'unheard-of' }), { keys: [clientKey(key)] }).jti).toBe('id-1')
    expectRefusal(() => check(assertion({}, { kid: 'other' }), { keys }), 'invalid_client', 'signature')
    expectRefusal(() => check(assertion({}, { kid: 'third' }), { keys }), 'invalid_client', 'kid')
  })

  it('takes the thumbprint for a kid', () => {
    const registered = clientKey(key, { kid: 'k1' })
    expect(check(assertion({}, { kid: registered.thumbprint }), { keys: [registered] }).jti).toBe('id-1')
  })

  it('refuses an expired key, and says so', () => {
    const keys = [clientKey(key, { kid: 'k1', expiresAt: NOW })]
    expectRefusal(() => check(assertion(), { keys }), 'invalid_client', 'expired: register')
    expect(check(assertion(), { keys: [clientKey(key, { kid: 'k1', expiresAt: NOW + 1 })] }).jti).toBe('id-1')
    expectRefusal(() => check(assertion(), { keys: [...keys, clientKey(ecKey())] }), 'invalid_client', 'signature')
  })

  it('refuses without any key', () => {
    expectRefusal(() => check(assertion(), { keys: [] }), 'invalid_client', 'not among the keys')
  })

  it('refuses an algorithm that the client, or its key, did not register', () => {
    const keys = [clientKey(rsa)]
    const rs256 = assertion({}, {}, { key: rsa, alg: 'RS256' })
    expect(check(rs256, { keys, allowedAlgs: ['RS256'] }).alg).toBe('RS256')
    expectRefusal(() => check(rs256, { keys, allowedAlgs: ['PS256', 'ES256'] }), 'invalid_client', 'algorithm')
    expectRefusal(() => check(rs256, { keys: [clientKey(rsa, { alg: 'PS256' })] }), 'invalid_client', 'algorithm')
  })

  it('I08 an unknown client meets a decoy of every algorithm, and never passes', () => {
    const algs: [JwsAlg, TestKey][] = [
      ['ES256', key],
      ['ES384', ecKey('P-384')],
      ['ES512', ecKey('P-521')],
      ['PS256', rsa],
      ['EdDSA', edKey()],
    ]
    for (const [alg, signer] of algs) {
      const compact = assertion({}, {}, { key: signer, alg })
      expectRefusal(() => check(compact, { keys: DECOY_KEYS }), 'invalid_client', 'signature')
      expect(DECOY_KEYS.filter((decoy) => decoy.algs.includes(alg))).toHaveLength(1)
    }
  })

  it('refuses a signature that was made over something else', () => {
    const [header, , signature] = assertion().split('.')
    const compact = `${header}.${encodeBase64url(JSON.stringify({ ...CLAIMS, jti: 'id-2' }))}.${signature}`
    expectRefusal(() => check(compact), 'invalid_client', 'signature')
  })
})
