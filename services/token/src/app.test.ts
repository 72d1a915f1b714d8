import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { loadConfig, type Service } from '@tillit/service-kit'
import type { FastifyInstance } from 'fastify'
import { buildApp } from './app.js'
import { TokenConfig } from './config.js'
import { authentication, formText, proof } from './domain/issuing.fixture.js'

let folder: string
let service: Service
let http: FastifyInstance
const env = (): Record<string, string> => ({
  TILLIT_ENVIRONMENT: 'test',
  ISSUER: 'https://issuer.example',
  INSTANCE_ID: 'token-1',
  PORT: '1',
  PRIVATE_PORT: '2',
  NATS_URL: 'nats://127.0.0.1:1',
  NATS_NKEY_SEED_FILE: path.join(folder, 'seed'),
  NONCE_KEY_FILE: path.join(folder, 'nonce-key'),
  LOG_LEVEL: 'silent',
})

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'token-app-'))
  writeFileSync(path.join(folder, 'nonce-key'), randomBytes(32).toString('base64url'))
  service = await buildApp(loadConfig(TokenConfig, env()))
  if (service.http === undefined) throw new Error('the service has no HTTP')
  http = service.http
})
afterAll(async () => {
  await http.close()
  rmSync(folder, { recursive: true })
})

describe('the service before NATS has ever answered', () => {
  it('is not ready and says why', () => {
    const reasons = service.parts.map((part) => part.ready?.() ?? true).filter((answer) => answer !== true)
    expect(reasons.length).toBeGreaterThan(0)
    expect(service.parts.find(({ name }) => name === 'issuing')?.ready?.()).toMatch(/stale|unknown|not/)
  })

  it('serves discovery, and 503 for keys that it does not know', async () => {
    expect((await http.inject({ url: '/.well-known/openid-configuration' })).statusCode).toBe(200)
    expect((await http.inject({ url: '/.well-known/openid-configuration/jwks' })).statusCode).toBe(503)
  })

  it('issues, revokes and introspects nothing: 503 with Retry-After', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', dpop: proof() }
    for (const url of ['/connect/token', '/connect/revocation', '/connect/introspect']) {
      const payload = formText({ grant_type: 'client_credentials', token: 'x', ...authentication() })
      const answer = await http.inject({ method: 'POST', url, headers, payload })
      expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '1'])
      expect(answer.json()).toMatchObject({ error: 'temporarily_unavailable' })
    }
  })
})

describe('the configuration', () => {
  it('names what is missing or wrong', () => {
    expect(() => loadConfig(TokenConfig, { ...env(), NONCE_KEY_FILE: '' })).toThrow('NONCE_KEY_FILE')
    expect(() => loadConfig(TokenConfig, { ...env(), STALE_AFTER_MS: '5' })).toThrow('STALE_AFTER_MS')
  })

  it('plain http is refused as issuer outside local development', () => {
    expect(() => loadConfig(TokenConfig, { ...env(), ISSUER: 'http://issuer.example' })).toThrow('ISSUER')
  })

  it('a nonce key that is none ends the start', async () => {
    writeFileSync(path.join(folder, 'short'), 'AAAA')
    const config = loadConfig(TokenConfig, { ...env(), NONCE_KEY_FILE: path.join(folder, 'short') })
    await expect(buildApp(config)).rejects.toThrow('32 random bytes')
  })
})
