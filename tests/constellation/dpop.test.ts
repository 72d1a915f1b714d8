import { createHmac } from 'node:crypto'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { decodeJwt, makeJws, makeKey, type MachineClient } from '@tillit/testkit'
import { constellation, type TestConstellation } from '../support/constellation.js'
import { eventually } from '../support/eventually.js'
import { expectError } from '../support/expect.js'

let c: TestConstellation
let ehr: MachineClient
const seconds = (): number => Math.floor(Date.now() / 1000)

beforeAll(async () => {
  c = await constellation()
  ehr = c.client('test-ehr')
  expect((await ehr.token()).status).toBe(200)
})

describe('the nonce', () => {
  it('D03 is demanded first, with the header, and consumes nothing', async () => {
    const rawAssertion = ehr.assertion()
    const challenge = await ehr.tokenRequest({ rawAssertion, proof: { claims: { nonce: undefined } } })
    expectError(challenge, 400, 'use_dpop_nonce')
    expect(challenge.headers['dpop-nonce']).toEqual(expect.any(String))
    const claims = { nonce: challenge.headers['dpop-nonce'] }
    expect((await ehr.tokenRequest({ rawAssertion, proof: { claims } })).status).toBe(200)
  })

  it('D04 stale, foreign or garbled: challenged again', async () => {
    for (const nonce of ['x', 'A'.repeat(43), '', `${ehr.nonce?.slice(0, -2)}AA`, 'n'.repeat(200)]) {
      const answer = await ehr.tokenRequest({ proof: { claims: { nonce } } })
      expectError(answer, 400, 'use_dpop_nonce')
      expect(answer.headers['dpop-nonce']).toEqual(expect.any(String))
    }
  })

  it('is shared by the replicas', async () => {
    await ehr.challenge(c.tokens[0])
    for (const baseUrl of c.tokens) expect((await ehr.tokenRequest({ baseUrl })).status).toBe(200)
  })

  it('T1 comes only with use_dpop_nonce', async () => {
    const ok = await ehr.token()
    expect(ok.headers['dpop-nonce']).toBeUndefined()
    for (const answer of [
      await ehr.token({ form: { scope: 'nope/nope' } }),
      await ehr.token({ proof: { claims: { htm: 'GET' } } }),
      await ehr.token({ assertion: { claims: { aud: 'x' } } }),
    ]) {
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.headers['dpop-nonce']).toBeUndefined()
    }
  })
})

describe('a proof is refused', () => {
  it('D01 when it was used before, on the same replica or another', async () => {
    const rawProof = ehr.proof()
    expect((await ehr.tokenRequest({ rawProof, baseUrl: c.tokens[0] as string })).status).toBe(200)
    for (const baseUrl of c.tokens)
      expectError(await ehr.tokenRequest({ rawProof, baseUrl }), 400, 'invalid_dpop_proof')
  })

  it('D01 and of two concurrent uses one wins', async () => {
    const rawProof = ehr.proof()
    const answers = await Promise.all(
      c.tokens.concat(c.tokens).map((baseUrl) => ehr.tokenRequest({ rawProof, baseUrl })),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  it('D02 for another method or address, or an htu that is no string', async () => {
    for (const claims of [
      { htm: 'GET' },
      { htm: 'post ' },
      { htm: undefined },
      { htu: undefined },
      { htu: 7 },
      { htu: [`${c.issuer}/connect/token`] },
      { htu: `${c.issuer}/connect/revocation` },
      { htu: 'https://evil.example/connect/token' },
      { htu: `${c.issuer}/connect/token/` },
    ]) {
      expectError(await ehr.token({ proof: { claims } }), 400, 'invalid_dpop_proof')
    }
  })

  it('D02 while query, case of scheme and host do not matter', async () => {
    const url = new URL(c.issuer)
    const shouted = `HTTPS://LOCALHOST:${url.port}/connect/token?x=1#y`
    expect((await ehr.token({ proof: { claims: { htu: shouted } } })).status).toBe(200)
  })

  it('D03 with iat outside the window', async () => {
    for (const iat of [seconds() - 3600, seconds() - 70, seconds() + 70, seconds() + 3600, undefined, 'now', -1]) {
      expectError(await ehr.token({ proof: { claims: { iat } } }), 400, 'invalid_dpop_proof')
    }
  })

  it('conformance 7: while 10 s either way passes, and nbf/exp may stand there', async () => {
    // Proofs older than the memory of seen proofs are refused, and this constellation may be younger than ten seconds.
    for (const offset of [-10, 10]) {
      await eventually(async () => {
        const iat = seconds() + offset
        return (await ehr.token({ proof: { claims: { iat, nbf: iat, exp: iat + 60, extra: 'x' } } })).status === 200
      })
    }
  }, 40_000)

  it('D05 with a private or symmetric key, or alg none or HS256', async () => {
    const privateJwk = ehr.dpopKey.privateKey.export({ format: 'jwk' }) as Record<string, unknown>
    expectError(await ehr.token({ proof: { header: { jwk: privateJwk } } }), 400, 'invalid_dpop_proof')
    expectError(await ehr.token({ proof: { header: { jwk: { kty: 'oct', k: 'AAAA' } } } }), 400, 'invalid_dpop_proof')
    const [, payload] = ehr.proof().split('.') as [string, string, string]
    for (const alg of ['none', 'HS256']) {
      const header = Buffer.from(JSON.stringify({ alg, typ: 'dpop+jwt', jwk: { kty: 'oct', k: 'AAAA' } })).toString(
        'base64url',
      )
      const mac =
        alg === 'none'
          ? ''
          : createHmac('sha256', Buffer.from('AAAA', 'base64url')).update(`${header}.${payload}`).digest('base64url')
      expectError(await ehr.token({ rawProof: `${header}.${payload}.${mac}` }), 400, 'invalid_dpop_proof')
    }
  })

  it('D05 with a weak RSA key or a point off the curve', async () => {
    const weak = makeKey('RS256', 1024)
    expectError(await ehr.token({ proof: { key: weak } }), 400, 'invalid_dpop_proof')
    const jwk = { ...ehr.dpopKey.jwk, y: ehr.dpopKey.jwk['x'] }
    expectError(await ehr.token({ proof: { header: { jwk } } }), 400, 'invalid_dpop_proof')
  })

  it('D06 when there are two of them', async () => {
    const answer = await ehr.token({ proof: false, headers: { dpop: [ehr.proof(), ehr.proof()] } })
    expectError(answer, 400, 'invalid_dpop_proof')
  })

  it('when its signature, typ or jti is wrong, or it is no JWT at all', async () => {
    const other = makeKey()
    expectError(await ehr.token({ proof: { header: { jwk: other.jwk } } }), 400, 'invalid_dpop_proof')
    for (const header of [{ typ: 'JWT' }, { typ: undefined }, { jwk: undefined }, { crit: ['x'], x: 1 }]) {
      expectError(await ehr.token({ proof: { header } }), 400, 'invalid_dpop_proof')
    }
    for (const jti of [undefined, '', 7, 'j'.repeat(5000)]) {
      expectError(await ehr.token({ proof: { claims: { jti } } }), 400, 'invalid_dpop_proof')
    }
    for (const rawProof of ['x', 'a.b.c', '..', 'x'.repeat(9000)]) {
      expectError(await ehr.token({ rawProof }), 400, 'invalid_dpop_proof')
    }
  })

  it('when it is missing and the client may not use Bearer', async () => {
    expectError(await ehr.token({ proof: false }), 400, 'invalid_dpop_proof')
  })
})

describe('Bearer', () => {
  it('needs the flag of the client and of the API', async () => {
    const legacy = c.client('test-legacy')
    const answer = await legacy.token({ proof: false, form: { scope: 'test:bearer/read' } })
    expect([answer.status, answer.body['token_type']]).toEqual([200, 'Bearer'])
    expect(decodeJwt(answer.body['access_token'] as string).claims['cnf']).toBeUndefined()
    const strict = c.client('test-multi')
    expectError(await strict.token({ proof: false, form: { scope: 'test:bearer/read' } }), 400, 'invalid_dpop_proof')
    const bound = await legacy.token({ form: { scope: 'test:bearer/read' } })
    expect([bound.status, bound.body['token_type']]).toEqual([200, 'DPoP'])
  })
})

describe('a bound token at an own API', () => {
  const path = '/audit/v1/events?limit=1'
  let operator: MachineClient
  let token: string
  beforeAll(async () => {
    operator = c.client('test-operator')
    const answer = await operator.token({ form: { scope: 'tillit:audit/read' } })
    expect(answer.status).toBe(200)
    token = answer.body['access_token'] as string
  })

  it('is accepted with its proof, and the scheme name in any case', async () => {
    expect((await operator.callApi(`${c.issuer}${path}`, token)).status).toBe(200)
    const ok = await operator.callApi(`${c.issuer}${path}`, token, { headers: { authorization: `dpop ${token}` } })
    expect(ok.status).toBe(200)
  })

  it('D07 is refused as Bearer', async () => {
    const answer = await operator.send(path, { headers: { authorization: `Bearer ${token}` } })
    expect(answer.status).toBe(401)
    expect(String(answer.headers['www-authenticate'])).toContain('DPoP')
    const withProof = await operator.callApi(`${c.issuer}${path}`, token, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(withProof.status).toBe(401)
  })

  it('D08 is refused with a wrong or missing ath, another key, or no proof', async () => {
    const htu = `${c.issuer}/audit/v1/events`
    for (const claims of [{ ath: undefined }, { ath: 'wrong' }]) {
      const dpop = operator.proof({ claims: { htm: 'GET', htu, nonce: undefined, ...claims } })
      expect((await operator.send(path, { headers: { authorization: `DPoP ${token}`, dpop } })).status).toBe(401)
    }
    const thief = c.client('test-operator', { dpopKey: makeKey() })
    expect((await thief.callApi(`${c.issuer}${path}`, token)).status).toBe(401)
    expect((await operator.send(path, { headers: { authorization: `DPoP ${token}` } })).status).toBe(401)
  })

  it('D01 is refused with a proof that was seen', async () => {
    const { createHash } = await import('node:crypto')
    const ath = createHash('sha256').update(token).digest('base64url')
    const dpop = operator.proof({ claims: { htm: 'GET', htu: `${c.issuer}/audit/v1/events`, ath, nonce: undefined } })
    const headers = { authorization: `DPoP ${token}`, dpop }
    expect((await operator.send(path, { headers })).status).toBe(200)
    expect((await operator.send(path, { headers })).status).toBe(401)
  })

  it('is refused where its audience or scope is another', async () => {
    const journal = await operator.token({ form: { scope: 'tillit:registry/read' } })
    const answer = await operator.callApi(`${c.issuer}${path}`, journal.body['access_token'] as string)
    expect(answer.status).toBe(401)
    const forged = makeJws({ alg: 'ES256', typ: 'at+jwt', kid: 'x' }, decodeJwt(token).claims, makeKey().privateKey)
    expect((await operator.callApi(`${c.issuer}${path}`, forged)).status).toBe(401)
  })
})
