import { beforeEach, describe, expect, it } from '@jest/globals'
import { OAuthError, temporarilyUnavailable } from '@tillit/oauth'
import { issueToken, type TokenAnswer } from './issue-token.js'
import {
  authentication,
  fakeDeps,
  FakeTrail,
  form,
  proof,
  refusal,
  signOrder,
  type FakeDeps,
} from './issuing.fixture.js'
import type { SignOutcome } from './ports.js'
import { ecKey } from './registry.fixture.js'

let deps: FakeDeps
let trail: FakeTrail
beforeEach(() => {
  deps = fakeDeps()
  trail = new FakeTrail()
})

interface Call {
  readonly form?: Readonly<Record<string, string | undefined>>
  readonly dpop?: string | readonly string[] | undefined
  readonly authorization?: string
  readonly traceparent?: string
}
function issue(call: Call = {}): Promise<TokenAnswer> {
  const members = { grant_type: 'client_credentials', ...authentication(), ...call.form }
  const dpop = 'dpop' in call ? call.dpop : proof()
  return issueToken(
    { form: form(members), dpop, authorization: call.authorization, traceparent: call.traceparent },
    deps,
    trail,
  )
}

describe("the signer's answers", () => {
  it('B03 a replayed assertion is 401 invalid_client that says so', async () => {
    const again = authentication()
    await issue({ form: again })
    const refused = await refusal(() => issue({ form: again }))
    expect(refused).toMatchObject({ status: 401, code: 'invalid_client' })
    expect(refused.text).toContain('used before')
  })

  it('policy and unavailable are 503 with Retry-After; policy is alarmed', async () => {
    for (const error of ['policy', 'unavailable'] as const) {
      deps.signer.answer = () => ({ ok: false, error, detail: 'delegation' })
      const thrown = await issue().catch((reason: unknown) => reason)
      expect(thrown).toMatchObject({ status: 503, code: 'temporarily_unavailable', headers: { 'Retry-After': '1' } })
      expect((thrown as OAuthError).publicText).not.toContain('delegation')
    }
    expect(trail.alarms).toEqual(['signer_policy: delegation'])
  })

  it('J04 a forged or altered reply is 503 and an alarm, never a token', async () => {
    const forger = ecKey()
    const forgeries: ((access: Parameters<typeof signOrder>[0]) => SignOutcome)[] = [
      () => ({ ok: true }),
      () => ({ ok: true, access: 'a.b.c' }),
      (access) => ({ ok: true, access: signOrder(access, { key: forger }) }),
      (access) => ({ ok: true, access: signOrder(access, { header: { kid: 'foreign' } }) }),
      (access) => ({ ok: true, access: signOrder(access, { header: { typ: 'JWT' } }) }),
      (access) => ({ ok: true, access: signOrder(access, { header: { extra: 1 } }) }),
      (access) => ({ ok: true, access: signOrder({ ...access, payload: access.payload.replace('"ehr"', '"abc"') }) }),
    ]
    for (const [i, forge] of forgeries.entries()) {
      deps.signer.answer = (order) => (order.access ? forge(order.access) : { ok: true })
      expect(await refusal(issue)).toMatchObject({ status: 503, code: 'temporarily_unavailable' })
      expect(trail.alarms).toHaveLength(i + 1)
    }
  })

  it('passes on that no answer came', async () => {
    deps.signer.answer = () => Promise.reject(temporarilyUnavailable('later', 1))
    expect(await refusal(issue)).toMatchObject({ status: 503 })
  })
})
