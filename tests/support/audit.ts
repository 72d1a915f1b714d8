import type { MachineClient } from '@tillit/testkit'

export interface AuditEvent {
  readonly id: string
  readonly type: string
  readonly time: string
  readonly producer: string
  readonly epoch: string
  readonly stream: string
  readonly n: number
  readonly issued?: boolean
  readonly data: Record<string, unknown>
}

const tokens = new WeakMap<MachineClient, { token: string; until: number }>()

/** An access token for the operator's APIs, kept while it lives. */
export async function operatorToken(operator: MachineClient, scope: string): Promise<string> {
  const answer = await operator.token({ form: { scope } })
  if (answer.status !== 200) throw new Error(`no operator token: ${answer.status} ${answer.text}`)
  return answer.body['access_token'] as string
}

/** Asks the audit API; `query` is its query string. */
export async function auditEvents(operator: MachineClient, query: string): Promise<AuditEvent[]> {
  let held = tokens.get(operator)
  if (!held || held.until < Date.now()) {
    held = { token: await operatorToken(operator, 'tillit:audit/read'), until: Date.now() + 300_000 }
    tokens.set(operator, held)
  }
  const answer = await operator.callApi(`${operator.options.issuer}/audit/v1/events?${query}`, held.token)
  if (answer.status !== 200) throw new Error(`audit answered ${answer.status} ${answer.text}`)
  return answer.body['events'] as AuditEvent[]
}

/** A call to the registry's admin API with a fresh token. */
export async function admin(
  operator: MachineClient,
  [method, path]: readonly [string, string],
  body?: unknown,
): Promise<{ status: number; body: Record<string, unknown>; headers: Record<string, unknown> }> {
  const token = await operatorToken(operator, 'tillit:registry/read tillit:registry/write')
  return operator.callApi(`${operator.options.issuer}/admin/v1${path}`, token, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
}
