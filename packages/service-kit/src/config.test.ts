import { describe, expect, it } from '@jest/globals'
import Type, { type TObject } from 'typebox'
import { BaseConfig, ConfigError, DatabaseConfig, loadConfig } from './config.js'

const env = {
  TILLIT_ENVIRONMENT: 'test',
  ISSUER: 'https://issuer.example',
  INSTANCE_ID: 'token-1',
  PRIVATE_PORT: '9001',
  NATS_URL: 'nats://127.0.0.1:4222, nats://127.0.0.1:4223',
  NATS_NKEY_SEED_FILE: '/run/secrets/nkey',
}
const schema = Type.Object({
  ...BaseConfig,
  FLAG: Type.Boolean({ default: false }),
  RATE: Type.Number({ minimum: 0, default: 1.5 }),
})

function messageOf(given: NodeJS.ProcessEnv, wanted: TObject = schema): string {
  try {
    loadConfig(wanted, given)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as Error).message
  }
  throw new Error('the configuration was taken')
}

describe('loadConfig', () => {
  it('coerces numbers, booleans and lists, and fills defaults', () => {
    const config = loadConfig(schema, { ...env, FLAG: 'true', RATE: '0.25', PORT: '8080', DRAIN_MS: '0' })
    expect(config).toMatchObject({
      PORT: 8080,
      PRIVATE_PORT: 9001,
      NATS_URL: ['nats://127.0.0.1:4222', 'nats://127.0.0.1:4223'],
      FLAG: true,
      RATE: 0.25,
      DRAIN_MS: 0,
      SHUTDOWN_MS: 45_000,
      HOST: '127.0.0.1',
      LOG_LEVEL: 'info',
    })
  })

  it('takes an empty variable for an absent one', () => {
    expect(loadConfig(schema, { ...env, PORT: '', LOG_LEVEL: '' })).not.toHaveProperty('PORT')
  })

  it('names every variable that is missing or wrong, and what to do', () => {
    const { ISSUER: _issuer, ...rest } = env
    const message = messageOf({ ...rest, PORT: '80x', LOG_LEVEL: 'loud', PRIVATE_PORT: '70000' })
    expect(message).toContain('ISSUER is not set')
    expect(message).toContain('PORT is not valid: set it to a whole number from 1 to 65535')
    expect(message).toContain('LOG_LEVEL is not valid: set it to one of fatal, error, warn')
    expect(message).toContain('PRIVATE_PORT is not valid')
  })

  it('never repeats a value: it may be a secret in the wrong place', () => {
    const secret = 'SUAXXXXXXXXXXXXXX seed'
    expect(messageOf({ ...env, NATS_URL: secret, LOG_LEVEL: secret })).not.toContain('SUAXX')
  })

  it.each([
    ['http outside local', 'http://issuer.example'],
    ['a trailing slash', 'https://issuer.example/'],
    ['a query', 'https://issuer.example?x=1'],
    ['a fragment', 'https://issuer.example#x'],
    ['credentials', 'https://user@issuer.example'],
    ['no URL', 'issuer.example'],
  ])('refuses an issuer with %s', (_what, issuer) => {
    expect(messageOf({ ...env, ISSUER: issuer })).toContain('ISSUER')
  })

  it('takes an http issuer locally', () => {
    const local = { ...env, TILLIT_ENVIRONMENT: 'local', ISSUER: 'http://localhost:8080' }
    expect(loadConfig(schema, local).ISSUER).toBe('http://localhost:8080')
  })

  it('refuses a database URL that carries a password', () => {
    const database = Type.Object({ ...BaseConfig, ...DatabaseConfig })
    const given = { ...env, DATABASE_PASSWORD_FILE: '/run/secrets/pw', DATABASE_URL: 'postgresql://u:pw@h:5432/d' }
    expect(messageOf(given, database)).toContain('DATABASE_URL')
    const good = loadConfig(database, { ...given, DATABASE_URL: 'postgresql://u@h:5432/d' })
    expect(good.DATABASE_POOL_MAX).toBe(10)
  })
})
