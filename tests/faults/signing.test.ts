import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { connectAs } from '@tillit/deploy-nats'
import { INITIAL_PARTITIONS, issuanceStreamName } from '@tillit/events'
import { jetstreamManager } from '@nats-io/jetstream'
import type { MachineClient } from '@tillit/testkit'
import { auditEvents } from '../support/audit.js'
import { ownConstellation, type OwnConstellation } from '../support/constellation.js'
import { eventually } from '../support/eventually.js'

let c: OwnConstellation
let ehr: MachineClient
let operator: MachineClient

beforeAll(async () => {
  c = await ownConstellation({
    replicas: { token: 1, 'signing-key': 1 },
    env: { 'signing-key': { TEST_PAUSE_BEFORE_SIGN_MS: '1000' } },
    proxied: ['token'],
  })
  ehr = c.client('test-ehr')
  operator = c.client('test-operator')
  await eventually(async () => (await ehr.token()).status === 200, 60_000)
}, 120_000)
afterAll(() => c.stop(), 60_000)

describe('a signer killed between acknowledgement and signature', () => {
  it('leaves a record without a token: the client gets 503, never the reverse', async () => {
    const before = (await auditEvents(operator, 'clientId=test-victim&type=no.tillit.token.intent.v1&limit=200')).length
    const victim = c.client('test-victim')
    await victim.challenge()
    const pending = victim.tokenRequest()
    await new Promise((resolve) => setTimeout(resolve, 500))
    await c.supervisor.kill('signing-key-1')
    const answer = await pending
    expect([answer.status, answer.body['error']]).toEqual([503, 'temporarily_unavailable'])
    await c.supervisor.startAgain('signing-key-1')
    await eventually(
      async () =>
        (await auditEvents(operator, 'clientId=test-victim&type=no.tillit.token.intent.v1&limit=200')).length ===
        before + 1,
      60_000,
    )
    await eventually(async () => (await victim.token()).status === 200, 60_000)
  }, 180_000)
})

describe('a token process cut off from NATS', () => {
  it('is not ready and issues nothing after five seconds, and recovers when the path opens', async () => {
    c.proxy('token').set({ kind: 'blackhole' })
    await eventually(async () => (await c.ready('token-1')) === 503, 60_000)
    const answer = await ehr.token({ baseUrl: c.tokens[0] as string })
    expect([answer.status, answer.body['error']]).toEqual([503, 'temporarily_unavailable'])
    c.proxy('token').set({ kind: 'reset' })
    c.proxy('token').set({ kind: 'pass' })
    await eventually(async () => (await c.ready('token-1')) === 200, 60_000)
    await eventually(async () => (await ehr.token()).status === 200, 60_000)
  }, 180_000)
})

describe('slow NATS', () => {
  it('a reply after the deadline never becomes a token', async () => {
    c.proxy('token').set({ kind: 'delay', ms: 1500 })
    const answer = await ehr.token()
    expect(answer.status).toBe(503)
    c.proxy('token').set({ kind: 'pass' })
    await eventually(async () => (await ehr.token()).status === 200, 60_000)
  }, 120_000)
})

describe('a full stream', () => {
  it('refuses, so that nothing is issued; it never drops a record for another', async () => {
    const deploy = await connectAs('deploy', { url: c.natsUrl, seed: c.seedOf('deploy') })
    const jsm = await jetstreamManager(deploy, { checkAPI: false })
    const limits = new Map<string, number>()
    for (let partition = 0; partition < INITIAL_PARTITIONS; partition += 1) {
      const name = issuanceStreamName(partition)
      const { config, state } = await jsm.streams.info(name)
      limits.set(name, config.max_bytes)
      await jsm.streams.update(name, { max_bytes: Math.max(state.bytes, 1) })
    }
    const answer = await ehr.token()
    expect([answer.status, answer.body['error']]).toEqual([503, 'temporarily_unavailable'])
    for (const [name, max_bytes] of limits) await jsm.streams.update(name, { max_bytes })
    await eventually(async () => (await ehr.token()).status === 200, 60_000)
    await deploy.close()
  }, 120_000)
})
