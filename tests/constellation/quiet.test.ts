import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { makeKey, type MachineClient } from '@tillit/testkit'
import { constellation, type TestConstellation } from '../support/constellation.js'

let c: TestConstellation
let ehr: MachineClient
beforeAll(async () => {
  c = await constellation()
  ehr = c.client('test-ehr')
  expect((await ehr.token()).status).toBe(200)
})

const logLines = (): string[] =>
  readdirSync(c.logs)
    .filter((name) => /^(token|signing-key|client-registry|audit)-/.test(name))
    .flatMap((name) => readFileSync(path.join(c.logs, name), 'utf8').split('\n').filter(Boolean))

describe('logs', () => {
  it('I07 hold one JSON object per line whatever a client sends, and no control or bidi character', async () => {
    const text = 'x\r\n{"severity":"INFO","body":"forged"}\u001b[31m\u202e'
    await ehr.token({ form: { scope: text } })
    await ehr.token({ form: { client_id: text } })
    await ehr.token({ assertion: { header: { kid: text }, claims: { jti: text } } })
    await ehr.send('/connect/token', {
      method: 'POST',
      headers: { 'user-agent': 'a\u0009b', 'x-request-id': 'forged' },
      body: 'x',
    })
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const lines = logLines()
    expect(lines.length).toBeGreaterThan(0)
    for (const line of lines) {
      const entry = JSON.parse(line) as Record<string, unknown>
      expect(entry['body']).not.toBe('forged')
      // eslint-disable-next-line no-control-regex -- control characters are what must not be there
      expect(line).not.toMatch(/[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]/)
    }
  })

  it('I07 hold no token, assertion, proof or personal number', async () => {
    const pid = '13888998001'
    const answer = await ehr.token()
    await ehr.token({ rawAssertion: answer.body['access_token'] as string })
    await ehr.token({ rawAssertion: `${ehr.assertion()}x`, form: { scope: pid } })
    await ehr.token({ assertion: { claims: { pid, assertion_details: { type: pid } } } })
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const all = logLines().join('\n')
    expect(all).not.toMatch(/eyJ[\w-]{10,}\.[\w-]{10,}\./)
    expect(all).not.toContain(pid)
    expect(all).not.toMatch(/"d":"[\w-]{20,}"/)
  })
})

describe('an unknown client and a bad signature', () => {
  it('I08 take the same time: neither is the slower one more often than chance allows', async () => {
    const baseUrl = c.tokens[0] as string
    // A client with one key, as most have: each further key without `kid` costs a verification more.
    const registered = c.client('test-other')
    const stranger = c.client('test-other', { clientId: 'test-nobody', baseUrl })
    const wrong = makeKey()
    const known: number[] = []
    const unknown: number[] = []
    const timed = async (client: MachineClient, times: number[]): Promise<void> => {
      // One assertion and one proof each time would measure the test: the same refused request is sent again.
      const started = performance.now()
      await client.send('/connect/token', requests.get(client))
      times.push(performance.now() - started)
    }
    const requests = new Map<
      MachineClient,
      { method: string; headers: Record<string, string>; body: string; baseUrl: string }
    >()
    for (const client of [registered, stranger]) {
      const form = { grant_type: 'client_credentials', ...client.authentication({ assertion: { key: wrong } }) }
      const body = new URLSearchParams(form).toString()
      requests.set(client, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body,
        baseUrl,
      })
      expect((await client.send('/connect/token', requests.get(client))).body['error']).toBe('invalid_client')
    }
    for (let i = 0; i < 5000; i += 1) {
      await timed(registered, known)
      await timed(stranger, unknown)
    }
    const sorted = [...unknown].sort((a, b) => a - b)
    const below = (value: number): number => {
      let [low, high] = [0, sorted.length]
      while (low < high) {
        const middle = (low + high) >> 1
        if ((sorted[middle] as number) < value) low = middle + 1
        else high = middle
      }
      return low
    }
    const slower = known.reduce((sum, value) => sum + below(value), 0) / (known.length * sorted.length)
    expect(slower).toBeGreaterThan(0.4)
    expect(slower).toBeLessThan(0.6)
  }, 120_000)
})
