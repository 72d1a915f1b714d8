import { beforeAll, describe, expect, it } from '@jest/globals'
import { decodeJwt, type Answer, type MachineClient } from '@tillit/testkit'
import { constellation, type TestConstellation } from '../support/constellation.js'
import { expectError, expectErrorNaming } from '../support/expect.js'

let c: TestConstellation
let ehr: MachineClient
const claimsOf = (answer: Answer): Record<string, unknown> => decodeJwt(answer.body['access_token'] as string).claims

beforeAll(async () => {
  c = await constellation()
  ehr = c.client('test-multi')
})

describe('scopes', () => {
  it('T4 without scope: all that the client may have of one API', async () => {
    const other = c.client('test-other')
    const answer = await other.token()
    expect(claimsOf(answer)['scope']).toEqual(['granfjelldal:journal/read', 'granfjelldal:journal/write'])
    expect(answer.body['scope']).toBe('granfjelldal:journal/read granfjelldal:journal/write')
  })

  it('an unregistered scope is named in the refusal', async () => {
    expectErrorNaming(
      await ehr.token({ form: { scope: 'granfjelldal:journal/admin' } }),
      [400, 'invalid_scope'],
      'granfjelldal:journal/admin',
    )
    expectErrorNaming(
      await c.client('test-other').token({ form: { scope: 'test:second/read' } }),
      [400, 'invalid_scope'],
      'test:second/read',
    )
  })

  it('identity scopes and openid have no place in client credentials', async () => {
    for (const scope of ['openid', 'helseid://scopes/identity/pid', 'profile', 'offline_access']) {
      expectError(await ehr.token({ form: { scope } }), 400, 'invalid_scope')
    }
  })

  it('malformed scope text is refused', async () => {
    for (const scope of ['"quoted"', 'a\u0000b', 'å', 's'.repeat(20_000)]) {
      const answer = await ehr.token({ form: { scope } })
      expect([400, 413]).toContain(answer.status)
      expect(['invalid_scope', 'invalid_request']).toContain(answer.body['error'])
    }
  })

  it('several APIs without resource: all audiences, the shortest lifetime, only claims that all want', async () => {
    const answer = await ehr.token({ form: { scope: 'granfjelldal:journal/read test:second/read' } })
    expect(answer.status).toBe(200)
    const claims = claimsOf(answer)
    expect(claims['aud']).toEqual(['granfjelldal:journal', 'test:second'])
    expect(answer.body['expires_in']).toBe(300)
    expect(claims).toHaveProperty(['helseid://claims/client/claims/orgnr_parent'], '999977774')
    expect(claims).not.toHaveProperty(['helseid://claims/client/client_name'])
  })

  it('APIs with different signing algorithms cannot share a token', async () => {
    expectError(
      await ehr.token({ form: { scope: 'granfjelldal:journal/read test:rs256/read' } }),
      400,
      'invalid_target',
    )
  })
})

describe('resource indicators', () => {
  it('choose one API', async () => {
    const answer = await ehr.token({
      form: { scope: 'granfjelldal:journal/read test:second/read', resource: 'test:second' },
    })
    expect(claimsOf(answer)).toMatchObject({ aud: 'test:second', scope: ['test:second/read'] })
  })

  it('that are unknown, not allowed or malformed are refused', async () => {
    for (const resource of ['nobody:knows', 'test:terms', 'x'.repeat(3000), 'https://a.example/#fragment']) {
      const answer = await ehr.token({ form: { resource } })
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(['invalid_target', 'invalid_request']).toContain(answer.body['error'])
    }
  })
})

describe('claims', () => {
  it('follow the API, never the client', async () => {
    const journal = claimsOf(await ehr.token({ form: { scope: 'granfjelldal:journal/read' } }))
    expect(journal).toMatchObject({
      'helseid://claims/client/claims/orgnr_parent': '999977774',
      'helseid://claims/client/client_name': 'Test test-multi',
      'helseid://claims/client/claims/client_tenancy': 'single-tenant',
      'granfjelldal:journal/client/claims/journal-system': 'test-1',
    })
    const plain = claimsOf(await ehr.token({ form: { scope: 'test:rs256/read' } }))
    expect(Object.keys(plain).filter((name) => name.includes('client/'))).toEqual([])
  })

  it('lifetime follows the API', async () => {
    const answer = await ehr.token({ form: { scope: 'test:ps256/read' } })
    const { iat, nbf, exp } = claimsOf(answer) as Record<string, number>
    expect(answer.body['expires_in']).toBe(120)
    expect((exp as number) - (iat as number)).toBe(120)
    expect(nbf).toBe(iat)
  })
})
