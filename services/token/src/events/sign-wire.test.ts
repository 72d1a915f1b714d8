import { describe, expect, it } from '@jest/globals'
import { SignBatch } from '@tillit/events'
import { Compile } from 'typebox/compile'
import { issueToken } from '../domain/issue-token.js'
import { authentication, fakeDeps, FakeTrail, form, proof } from '../domain/issuing.fixture.js'
import { batchText, requestText } from './sign-wire.js'

const contract = Compile(SignBatch)

describe('the wire', () => {
  it('carries what the recipe orders, within the contract', async () => {
    const deps = fakeDeps()
    const call = {
      form: form({ grant_type: 'client_credentials', ...authentication() }),
      dpop: proof(),
      authorization: undefined,
      traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    }
    await issueToken(call, deps, new FakeTrail())
    const [order] = deps.signer.orders
    if (order === undefined) throw new Error('nothing was ordered')
    const batch: unknown = JSON.parse(batchText(5, [requestText(order, '0190a6b5-1111-7aaa-8aaa-111111111111')]))
    expect(contract.Check(batch)).toBe(true)
    expect(batch).toMatchObject({ v: 1, deadline: 5, requests: [{ access: { claims: { client_id: 'ehr' } } }] })
  })

  it('claims keep their exact text, so that the signature can be held against it', () => {
    const payload = '{"b":1,"a":{"z":[1,2]},"iss":"x"}'
    const access = { typ: 'at+jwt', alg: 'ES256', payload }
    const text = requestText({ purpose: 'token.issued', assertion: { clientId: 'c', jti: 'j', exp: 1 }, access }, 'id')
    const parsed = JSON.parse(text) as { access: { claims: unknown } }
    expect(JSON.stringify(parsed.access.claims)).toBe(payload)
  })
})
