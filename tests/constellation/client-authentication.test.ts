import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { decodeJwt, makeKey, type Answer, type MachineClient } from '@tillit/testkit'
import { constellation, type TestConstellation } from '../support/constellation.js'

let c: TestConstellation
let ehr: MachineClient
let canary: Server
let canaryCalls = 0
let canaryUrl = ''
const seconds = (): number => Math.floor(Date.now() / 1000)
const expectInvalidClient = (answer: Answer): void => {
  expect(answer.body['error']).toBe('invalid_client')
  expect(answer.status).toBe(401)
  expect(String(answer.body['error_description']).length).toBeGreaterThan(20)
  expect(answer.headers['dpop-nonce']).toBeUndefined()
}

beforeAll(async () => {
  c = await constellation()
  ehr = c.client('test-ehr')
  canary = createServer((_request, response) => {
    canaryCalls += 1
    response.end('{"keys":[]}')
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => canary.once('listening', resolve))
  canaryUrl = `http://127.0.0.1:${(canary.address() as AddressInfo).port}/jwks`
  expect((await ehr.token()).status).toBe(200)
})
afterAll(() => {
  canary.close()
})

describe('a client assertion that HelseID clients send', () => {
  it('is accepted with typ client-authentication+jwt, JWT or none, with and without kid', async () => {
    for (const header of [
      {},
      { typ: 'JWT' },
      { typ: undefined },
      { kid: 'test-ehr-1' },
      { typ: 'JWT', kid: 'test-ehr-1' },
    ]) {
      expect((await ehr.token({ assertion: { header } })).status).toBe(200)
    }
  })

  it('is accepted with the second of two overlapping keys', async () => {
    expect((await ehr.token({ assertion: { key: c.client('test-ehr-rotated').options.key } })).status).toBe(200)
  })

  it('is accepted with PS256 and RS256 of an RSA key, and with ES384', async () => {
    const rsa = c.client('test-ehr-rsa')
    expect((await rsa.token()).status).toBe(200)
    expect((await rsa.token({ assertion: { key: { ...rsa.options.key, alg: 'RS256' } } })).status).toBe(200)
    expect((await c.client('test-ehr-p384').token()).status).toBe(200)
  })

  it('is accepted with iat as a digit string, and with nbf instead of iat', async () => {
    expect((await ehr.token({ assertion: { claims: { iat: String(seconds()) } } })).status).toBe(200)
    expect((await ehr.token({ assertion: { claims: { iat: undefined, nbf: seconds() } } })).status).toBe(200)
  })
})

describe('client authentication refuses', () => {
  it('B01 the token endpoint as audience, at token, revocation and introspection', async () => {
    for (const path of ['/connect/token', '/connect/revocation', '/connect/introspect']) {
      const aud = `${c.issuer}${path}`
      expectInvalidClient(await ehr.token({ assertion: { claims: { aud } } }))
      expectInvalidClient(
        await ehr.post(path, {
          ...ehr.authentication({ assertion: { claims: { aud } } }),
          grant_type: 'client_credentials',
          token: 'x',
        }),
      )
    }
    const named = await ehr.token({ assertion: { claims: { aud: `${c.issuer}/connect/token` } } })
    expect(named.body['error_description']).toContain('legacyAssertionAudience')
  })

  it('B01 but accepts it from a client whose flag says so', async () => {
    const legacy = c.client('test-legacy')
    for (const aud of [`${c.issuer}/connect/token`, `${c.issuer}/`]) {
      expect((await legacy.token({ assertion: { claims: { aud } }, proof: false })).status).toBe(200)
    }
    expectInvalidClient(
      await legacy.token({ assertion: { claims: { aud: [`${c.issuer}/connect/token`] } }, proof: false }),
    )
  })

  it('B02 an audience array, even of the issuer alone', async () => {
    expectInvalidClient(await ehr.token({ assertion: { claims: { aud: [c.issuer] } } }))
    expectInvalidClient(await ehr.token({ assertion: { claims: { aud: [c.issuer, 'https://other.example'] } } }))
  })

  it('B03 one assertion sent to two replicas at once: exactly one token', async () => {
    for (let round = 0; round < 5; round += 1) {
      const rawAssertion = ehr.assertion()
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          ehr.tokenRequest({ rawAssertion, baseUrl: c.tokens[i % c.tokens.length] as string }),
        ),
      )
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
      for (const answer of answers.filter(({ status }) => status !== 200)) expectInvalidClient(answer)
    }
  })

  it('B03 an assertion used at one endpoint and then at another', async () => {
    const rawAssertion = ehr.assertion()
    expect(
      (await ehr.post('/connect/revocation', { ...ehr.authentication({ rawAssertion }), token: 'unknown' })).status,
    ).toBe(200)
    expectInvalidClient(await ehr.token({ rawAssertion }))
    const second = ehr.assertion()
    expect((await ehr.token({ rawAssertion: second })).status).toBe(200)
    expectInvalidClient(
      await ehr.post('/connect/introspect', { ...ehr.authentication({ rawAssertion: second }), token: 'unknown' }),
    )
  })

  it('B03 but the same jti of two different clients is two assertions', async () => {
    const jti = randomUUID()
    expect((await ehr.token({ assertion: { claims: { jti } } })).status).toBe(200)
    expect((await c.client('test-other').token({ assertion: { claims: { jti } } })).status).toBe(200)
  })

  it('B04 lifetimes too long, and missing exp, jti, or both iat and nbf', async () => {
    const now = seconds()
    for (const claims of [
      { iat: now, exp: now + 61 },
      { iat: undefined, nbf: now, exp: now + 61 },
      { iat: now + 10, exp: now + 90 },
      { iat: now - 100, exp: now - 50 },
      { exp: undefined },
      { jti: undefined },
      { jti: '' },
      { iat: undefined },
    ]) {
      expectInvalidClient(await ehr.token({ assertion: { claims } }))
    }
  })

  it('B05 iss, sub or client_id that differ', async () => {
    expectInvalidClient(await ehr.token({ assertion: { claims: { iss: 'test-other' } } }))
    expectInvalidClient(await ehr.token({ assertion: { claims: { sub: 'test-other' } } }))
    expectInvalidClient(await ehr.token({ assertion: { claims: { sub: undefined } } }))
    expectInvalidClient(await ehr.token({ form: { client_id: 'test-other' } }))
  })

  it('B06 iat 61 s ahead, while 8 s ahead passes', async () => {
    const now = seconds()
    expect((await ehr.token({ assertion: { claims: { iat: now + 8, exp: now + 50 } } })).status).toBe(200)
    expectInvalidClient(await ehr.token({ assertion: { claims: { iat: now + 61, exp: now + 65 } } }))
    expectInvalidClient(await ehr.token({ assertion: { claims: { nbf: now + 61, exp: now + 65 } } }))
  })

  it('B07 HS256 keyed with the public key, and alg none', async () => {
    const { createHmac, createPublicKey } = await import('node:crypto')
    const pem = createPublicKey(ehr.options.key.privateKey).export({ type: 'spki', format: 'pem' })
    const valid = ehr.assertion().split('.')
    for (const secret of [pem, `\n${pem}`, JSON.stringify(ehr.options.key.jwk)]) {
      const header = Buffer.from('{"alg":"HS256","typ":"client-authentication+jwt"}').toString('base64url')
      const mac = createHmac('sha256', secret).update(`${header}.${valid[1]}`).digest('base64url')
      expectInvalidClient(await ehr.token({ rawAssertion: `${header}.${valid[1]}.${mac}` }))
    }
    const none = Buffer.from('{"alg":"none"}').toString('base64url')
    expectInvalidClient(await ehr.token({ rawAssertion: `${none}.${valid[1]}.` }))
  })

  it('B08 keys from the header: they are not used and nothing is fetched', async () => {
    const attacker = makeKey()
    const before = canaryCalls
    for (const header of [{ jwk: attacker.jwk }, { jku: canaryUrl }, { x5u: canaryUrl }, { x5c: ['MIIB'] }]) {
      expectInvalidClient(await ehr.token({ assertion: { header, key: attacker } }))
    }
    expect(canaryCalls).toBe(before)
  })

  it('B09 a kid that is a path, SQL, __proto__, 10 kB, or of another key type', async () => {
    for (const kid of ['../../etc/passwd', "' or 1=1; --", '__proto__', 'constructor', 'k'.repeat(10_000)]) {
      expectInvalidClient(await ehr.token({ assertion: { header: { kid } } }))
    }
    const rsa = makeKey('RS256')
    expectInvalidClient(await ehr.token({ assertion: { header: { kid: 'test-ehr-1' }, key: rsa } }))
    expect((await ehr.token()).status).toBe(200)
  })

  it('B11 unknown crit, padded or spaced base64url, b64 false', async () => {
    expectInvalidClient(await ehr.token({ assertion: { header: { crit: ['exp'], exp: 1 } } }))
    expectInvalidClient(await ehr.token({ assertion: { header: { crit: ['b64'], b64: false } } }))
    const [header, payload, signature] = ehr.assertion().split('.') as [string, string, string]
    for (const raw of [
      `${header}=.${payload}.${signature}`,
      `${header}.${payload}.${signature}==`,
      `${header}.${payload}. ${signature}`,
    ]) {
      expectInvalidClient(await ehr.token({ rawAssertion: raw }))
    }
  })

  it('B12 another kind of token as assertion', async () => {
    const token = await ehr.token()
    expectInvalidClient(await ehr.token({ rawAssertion: token.body['access_token'] as string }))
    expectInvalidClient(await ehr.token({ rawAssertion: ehr.proof() }))
    for (const typ of ['at+jwt', 'dpop+jwt', 'logout+jwt', 'oauth-authz-req+jwt', 'secevent+jwt']) {
      expectInvalidClient(await ehr.token({ assertion: { header: { typ } } }))
    }
  })

  it('B13 two authentication methods in one request', async () => {
    const secret = await ehr.token({ form: { client_secret: 'hush' } })
    expect([secret.status, secret.body['error']]).toEqual([400, 'invalid_request'])
    const basic = await ehr.token({
      headers: { authorization: `Basic ${Buffer.from('test-ehr:x').toString('base64')}` },
    })
    expect([basic.status, basic.body['error']]).toEqual([400, 'invalid_request'])
  })

  it("an unknown client, an expired key, a deactivated client and another client's key", async () => {
    const stranger = c.client('test-ehr', { clientId: 'nobody' })
    expectInvalidClient(await stranger.token())
    expectInvalidClient(await c.client('test-expired-key').token())
    expectInvalidClient(await c.client('test-deactivated').token())
    expectInvalidClient(await ehr.token({ assertion: { key: c.client('test-other').options.key } }))
  })

  it('a missing assertion, and a wrong assertion type', async () => {
    const missing = await ehr.token({ form: { client_assertion: undefined, client_assertion_type: undefined } })
    expect(missing.status).toBeGreaterThanOrEqual(400)
    expect(['invalid_client', 'invalid_request']).toContain(missing.body['error'])
    const wrong = await ehr.token({
      form: { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' },
    })
    expect(['invalid_client', 'invalid_request']).toContain(wrong.body['error'])
  })
})

describe('grants', () => {
  it('C11 password and implicit are unsupported, a listed grant the client lacks is unauthorized', async () => {
    for (const grant_type of ['password', 'implicit', 'urn:ietf:params:oauth:grant-type:device_code', 'x']) {
      expect((await ehr.token({ form: { grant_type } })).body['error']).toBe('unsupported_grant_type')
    }
  })

  it('a refused request does not burn the assertion', async () => {
    const rawAssertion = ehr.assertion()
    const refused = await ehr.token({ rawAssertion, form: { scope: 'granfjelldal:journal/nothing' } })
    expect([refused.status, refused.body['error']]).toEqual([400, 'invalid_scope'])
    expect((await ehr.token({ rawAssertion })).status).toBe(200)
  })

  it('E06 numbers that are no numbers', async () => {
    const now = seconds()
    for (const exp of [String(now + 30), 1e308, -1, null, now + 30.5, true, [now + 30]]) {
      expectInvalidClient(await ehr.token({ assertion: { claims: { exp } } }))
    }
    const [header, , signature] = ehr.assertion().split('.') as [string, string, string]
    const overflow = Buffer.from(
      `{"iss":"test-ehr","sub":"test-ehr","aud":"${c.issuer}","iat":${now},"exp":1e999,"jti":"a"}`,
    ).toString('base64url')
    expectInvalidClient(await ehr.token({ rawAssertion: `${header}.${overflow}.${signature}` }))
  })

  it("gives a token whose claims are this client's, in HelseID's shapes", async () => {
    const answer = await ehr.token({ form: { scope: 'granfjelldal:journal/read' } })
    const { header, claims } = decodeJwt(answer.body['access_token'] as string)
    expect(header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) })
    expect(claims).toMatchObject({
      iss: c.issuer,
      aud: 'granfjelldal:journal',
      client_id: 'test-ehr',
      scope: ['granfjelldal:journal/read'],
      client_amr: 'private_key_jwt',
      cnf: { jkt: ehr.jkt },
    })
    expect(claims['jti']).toMatch(/^[0-9a-f]{32}$/i)
    expect(claims['sub']).toBeUndefined()
    expect(answer.body).toMatchObject({ token_type: 'DPoP', expires_in: 600, scope: 'granfjelldal:journal/read' })
  })
})
