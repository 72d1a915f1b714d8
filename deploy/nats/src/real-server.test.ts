import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import type { NatsConnection } from '@nats-io/transport-node'
import { services } from '@tillit/events'
import type { Identity, ServiceName } from '@tillit/events'
import { provision } from './provisioning.js'
import { startServer } from './real-server.js'
import type { RealServer } from './real-server.js'
import { connectAs } from './users.js'

let server: RealServer | undefined
const open = new Map<Identity, NatsConnection>()

beforeAll(async () => {
  server = await startServer()
  const { url, users } = server
  for (const identity of [...services, 'deploy'] as const) {
    open.set(identity, await connectAs(identity, { url, seed: users[identity].seed }))
  }
  await provision(as('deploy'), { limits: 'local', partitions: 2 })
}, 30_000)
afterAll(async () => {
  await Promise.all([...open.values()].map((nc) => nc.close()))
  await server?.stop()
})

function running(): RealServer {
  if (server === undefined) throw new Error('no server')
  return server
}

function as(identity: Identity): NatsConnection {
  const nc = open.get(identity)
  if (nc === undefined) throw new Error(`${identity} is not connected`)
  return nc
}

/** The refusal that the server reports for what `action` does, or undefined when a round trip passes without one. */
async function refusal(nc: NatsConnection, action: () => void): Promise<string | undefined> {
  const status = nc.status()[Symbol.asyncIterator]()
  const next = status.next()
  action()
  await nc.flush()
  const first = await Promise.race([next, new Promise<undefined>((resolve) => setTimeout(resolve, 150, undefined))])
  await status.return?.()
  const seen = first?.value as { type: string; error?: unknown } | undefined
  return seen?.type === 'error' ? String(seen.error) : undefined
}

const foreign: Record<ServiceName, readonly string[]> = {
  token: ['issuance.rec.0', 'dpop.spent', 'audit.evt.signing-key', '$KV.registry.client.x', 'registry.change.client'],
  'signing-key': ['sign.req.token', 'audit.evt.token', '$KV.registry.client.x', 'registry.req.revoke.token'],
  'client-registry': ['issuance.rec.0', 'sign.req.token', '$KV.keys.jwks', '$KV.nonce.dpop', 'audit.evt.token'],
  audit: ['issuance.rec.0', 'audit.evt.token', 'audit.evt.audit', '$KV.partitions.issuance', 'sign.req.token'],
}

describe('a real nats-server with the generated permissions', () => {
  it('provisioning twice changes nothing the second time', async () => {
    const again = await provision(as('deploy'), { limits: 'local', partitions: 2 })
    expect(again).toEqual({ created: [], updated: [], partitionsWritten: false })
  })

  it('provisioning updates a limit and leaves the partition map', async () => {
    const limits = { fileBytes: 200 * 1024 ** 2, memoryBytes: 64 * 1024 ** 2 }
    const grown = await provision(as('deploy'), { limits, partitions: 3 })
    expect(grown.created).toEqual(['ISSUANCE_2', 'ISSUANCE_2/audit'])
    expect(grown.updated).toEqual(['ISSUANCE_0', 'ISSUANCE_1', 'AUDIT_EVENTS', 'REGISTRY_CHANGES'])
    expect(grown.partitionsWritten).toBe(false)
  })

  it.each(services)('J01 %s is refused on subjects of others', async (service) => {
    for (const subject of foreign[service]) {
      expect(await refusal(as(service), () => as(service).publish(subject, 'x'))).toMatch(/permissions violation/i)
    }
  })

  it.each(services)('J01 %s may not administer or read streams', async (service) => {
    const api = ['STREAM.DELETE', 'STREAM.PURGE', 'STREAM.UPDATE', 'STREAM.CREATE', 'STREAM.MSG.GET']
    for (const call of [...api, 'CONSUMER.CREATE', 'CONSUMER.DELETE']) {
      const subject = `$JS.API.${call}.ISSUANCE_0${call.startsWith('CONSUMER') ? '.audit' : ''}`
      expect(await refusal(as(service), () => as(service).publish(subject, '{}'))).toMatch(/permissions violation/i)
    }
  })

  it.each(services)('J01 J03 %s may not listen to others', async (service) => {
    for (const subject of ['>', '_INBOX.>', '_INBOX_deploy.>', '$SYS.>', 'issuance.rec.*', '$KV.>', 'sign.req.>']) {
      expect(await refusal(as(service), () => as(service).subscribe(subject))).toMatch(/permissions violation/i)
    }
  })

  it('J03 an answerer listens in its queue group only', async () => {
    const nc = as('signing-key')
    expect(await refusal(nc, () => nc.subscribe('sign.req.*'))).toMatch(/permissions violation/i)
    expect(await refusal(nc, () => nc.subscribe('sign.req.*', { queue: 'other' }))).toMatch(/permissions violation/i)
  })

  it('J06 a connection without a user, or with an unknown one, is refused', async () => {
    await expect(connect({ servers: running().url, reconnect: false })).rejects.toThrow(/authorization/i)
    const stranger = await startServer()
    const seed = stranger.users.token.seed
    await stranger.stop()
    await expect(connectAs('token', { url: running().url, seed })).rejects.toThrow(/authorization/i)
  })

  it('an ask is answered through the bounded reply, once', async () => {
    const answers = as('signing-key').subscribe('sign.req.*', {
      queue: 'signing-key',
      callback: (_err, message) => void message.respond(`heard ${message.subject}`),
    })
    await as('signing-key').flush()
    const reply = await as('token').request('sign.req.token', 'x', { timeout: 2_000 })
    expect(reply.string()).toBe('heard sign.req.token')
    answers.unsubscribe()
  })

  it('audit drains what the signer publishes; a duplicate id is reported', async () => {
    const publish = () =>
      jetstream(as('signing-key')).publish('issuance.rec.0', '{"n":1}', { msgID: 'spend-1', timeout: 2_000 })
    expect((await publish()).duplicate).toBe(false)
    expect((await publish()).duplicate).toBe(true)
    const manager = await jetstreamManager(as('audit'), { checkAPI: false })
    expect((await manager.consumers.info('ISSUANCE_0', 'audit')).num_pending).toBe(1)
    const consumer = await jetstream(as('audit')).consumers.get('ISSUANCE_0', 'audit')
    const message = await consumer.next({ expires: 2_000 })
    expect(message?.string()).toBe('{"n":1}')
    expect(await message?.ackAck()).toBe(true)
  })

  it('a reader watches its bucket and only that', async () => {
    await jetstream(as('client-registry')).publish('$KV.registry.client.a', '{"revision":1}')
    const direct = await as('token').request('$JS.API.DIRECT.GET.KV_registry.$KV.registry.client.a', '')
    expect(direct.string()).toBe('{"revision":1}')
    const manager = await jetstreamManager(as('token'), { checkAPI: false })
    const consumer = { name: 'w1', deliver_subject: '_INBOX_token.w1', filter_subject: '$KV.registry.>' }
    expect((await manager.consumers.add('KV_registry', consumer)).config.filter_subject).toBe('$KV.registry.>')
    const audit = await refusal(as('audit'), () => as('audit').publish('$JS.API.DIRECT.GET.KV_nonce.$KV.nonce.dpop'))
    expect(audit).toMatch(/permissions violation/i)
  })

  it('a value in the registry bucket may carry its own time to live', async () => {
    const ack = await jetstream(as('client-registry')).publish('$KV.registry.revoked.t1', '{}', { ttl: '1s' })
    expect(ack.stream).toBe('KV_registry')
  })
})
