import { describe, expect, it } from '@jest/globals'
import { readConfig } from './config.js'

const env = {
  TILLIT_ENVIRONMENT: 'local',
  ISSUER: 'https://issuer.example',
  INSTANCE_ID: 'signing-key-1',
  PRIVATE_PORT: '9000',
  NATS_URL: 'nats://127.0.0.1:4222',
  NATS_NKEY_SEED_FILE: '/run/seed',
  DATABASE_URL: 'postgresql://tillit_signing_key@127.0.0.1:5432/tillit_signing_key',
  DATABASE_PASSWORD_FILE: '/run/password',
  KEK_FILE: '/run/kek',
  NONCE_KEY_FILE: '/run/nonce',
}
const pkcs11 = {
  KEK_BACKEND: 'pkcs11',
  PKCS11_MODULE: '/usr/lib/vendor.so',
  PKCS11_TOKEN_LABEL: 'tillit',
  PKCS11_KEY_LABEL: 'kek',
  PKCS11_PIN_FILE: '/run/pin',
}

describe('the environment', () => {
  it('has safe defaults', () => {
    expect(readConfig(env)).toMatchObject({
      KEK_BACKEND: 'file',
      ALLOWED_ALGS: ['ES256', 'PS256', 'RS256'],
      MAX_TOKEN_LIFETIME_SECONDS: 3600,
      STALE_AFTER_MS: 5000,
      PROOF_FLOOR_MARGIN_MS: 10_000,
    })
    expect(readConfig(env).TEST_PAUSE_BEFORE_SIGN_MS).toBeUndefined()
  })

  it('refuses a KEK from a file in production', () => {
    const production = { ...env, TILLIT_ENVIRONMENT: 'production' }
    expect(() => readConfig(production)).toThrow('KEK_BACKEND is file, which production refuses')
    expect(readConfig({ ...production, ...pkcs11 }).KEK_BACKEND).toBe('pkcs11')
  })

  it('names what the backend needs', () => {
    const { KEK_FILE: _file, ...bare } = env
    expect(() => readConfig(bare)).toThrow('KEK_FILE is not set')
    expect(() => readConfig({ ...bare, KEK_BACKEND: 'pkcs11' })).toThrow(/PKCS11_MODULE[^]*PKCS11_PIN_FILE/)
  })

  it('takes the test pause only where the environment is local', () => {
    const pause = { TEST_PAUSE_BEFORE_SIGN_MS: '500' }
    expect(readConfig({ ...env, ...pause }).TEST_PAUSE_BEFORE_SIGN_MS).toBe(500)
    expect(() => readConfig({ ...env, ...pause, TILLIT_ENVIRONMENT: 'test' })).toThrow('TEST_PAUSE_BEFORE_SIGN_MS')
  })

  it('refuses algorithms that no key is made for', () => {
    expect(() => readConfig({ ...env, ALLOWED_ALGS: 'ES256,HS256' })).toThrow('ALLOWED_ALGS')
  })
})
