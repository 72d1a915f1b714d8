import { randomUUIDv7 } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { connectAs } from '@tillit/deploy-nats'
import {
  answerSubject,
  askSubject,
  asks,
  auditSubject,
  encodeToken,
  inboxPrefix,
  issuanceStreamName,
  issuanceSubject,
  registryKeys,
  services,
  streams,
  type Identity,
} from '@tillit/events'
import { connect, PermissionViolationError, type NatsConnection } from '@nats-io/transport-node'
import { createUser } from '@nats-io/nkeys'
import { nkeyAuthenticator } from '@nats-io/nats-core'
import { decodeJwt, makeJws, makeKey } from '@tillit/testkit'
import { constellation, type TestConstellation } from '../support/constellation.js'
import { eventually } from '../support/eventually.js'

let c: TestConstellation
const connections = new Map<Identity, NatsConnection>()
const as = (identity: Identity): NatsConnection => connections.get(identity) as NatsConnection

beforeAll(async () => {
  c = await constellation()
  for (const identity of [...services, 'deploy'] as Identity[]) {
    connections.set(identity, await connectAs(identity, { url: c.natsUrl, seed: c.seedOf(identity) }))
  }
})
afterAll(async () => {
  for (const nc of connections.values()) await nc.close()
  for (const { nc } of probes.values()) await nc.close()
})

/** One connection per identity for all tries, with what the server refused on it: making a connection is dear. */
interface Probe {
  readonly nc: NatsConnection
  readonly refused: Set<string>
}
const probes = new Map<Identity, Probe>()

async function probe(identity: Identity): Promise<Probe> {
  const known = probes.get(identity)
  if (known) return known
  const nc = await connectAs(identity, { url: c.natsUrl, seed: c.seedOf(identity) })
  const refused = new Set<string>()
  void (async () => {
    for await (const status of nc.status()) {
      if (status.type === 'error' && status.error instanceof PermissionViolationError) refused.add(status.error.subject)
    }
  })()
  const made = { nc, refused }
  probes.set(identity, made)
  return made
}

/** True when the server answers this publish with a permissions violation; it does so before it answers the flush. */
async function refusedToPublish(identity: Identity, subject: string): Promise<boolean> {
  const { nc, refused } = await probe(identity)
  nc.publish(subject, '{}')
  await nc.flush()
  await new Promise((resolve) => setTimeout(resolve, 20))
  return refused.has(subject)
}

async function refusedToSubscribe(identity: Identity, subject: string): Promise<boolean> {
  const { nc } = await probe(identity)
  const refusal = { seen: false }
  const subscription = nc.subscribe(subject, {
    callback: (error) => {
      refusal.seen ||= error !== null
    },
  })
  await nc.flush()
  await new Promise((resolve) => setTimeout(resolve, 20))
  if (!refusal.seen) subscription.unsubscribe()
  return refusal.seen
}

describe('permissions', () => {
  const owners: Record<string, readonly Identity[]> = {
    [issuanceSubject(0)]: ['signing-key'],
    'dpop.spent': ['signing-key'],
    'registry.change.client': ['client-registry'],
    [`$KV.registry.${registryKeys.client('x')}`]: ['client-registry'],
    '$KV.keys.jwks': ['signing-key'],
    '$KV.nonce.dpop': ['signing-key'],
    '$KV.partitions.issuance': ['deploy'],
    [askSubject(asks.recordAndSign, 'token')]: ['token'],
    [askSubject(asks.recordAndSign, 'audit')]: [],
    [askSubject(asks.revokeToken, 'token')]: ['token'],
    [auditSubject('token')]: ['token'],
    [auditSubject('signing-key')]: ['signing-key'],
    '$SYS.REQ.SERVER.PING': [],
    [`$JS.API.STREAM.DELETE.${issuanceStreamName(0)}`]: [],
    [`$JS.API.STREAM.PURGE.${issuanceStreamName(0)}`]: [],
    [`$JS.API.STREAM.MSG.GET.${issuanceStreamName(0)}`]: [],
    [`$JS.API.STREAM.MSG.DELETE.${issuanceStreamName(0)}`]: [],
    [`$JS.API.STREAM.UPDATE.${issuanceStreamName(0)}`]: ['deploy'],
    [`$JS.API.CONSUMER.CREATE.${issuanceStreamName(0)}.x`]: ['deploy'],
    [`$JS.API.CONSUMER.MSG.NEXT.${streams.auditEvents.name}.audit`]: ['audit'],
    'anything.else': [],
  }
  for (const [subject, allowed] of Object.entries(owners)) {
    it(`J01 ${subject}: ${allowed.join(', ') || 'nobody'} may publish`, async () => {
      // What is allowed is shown by the running constellation; publishing rubbish there would only disturb it.
      const others = ([...services, 'deploy'] as Identity[]).filter((identity) => !allowed.includes(identity))
      const refused = await Promise.all(others.map((identity) => refusedToPublish(identity, subject)))
      expect(others.filter((_, i) => !refused[i])).toEqual([])
    })
  }

  it("J03 nobody reads another's inbox, another's asks, or everything", async () => {
    for (const identity of services) {
      const others = services.filter((name) => name !== identity).map((name) => `${inboxPrefix(name)}.>`)
      const subjects = [...others, '_INBOX.>', '>', 'issuance.rec.*', '$KV.>', 'audit.evt.*']
      const refused = await Promise.all(subjects.map((subject) => refusedToSubscribe(identity, subject)))
      expect(subjects.filter((_, i) => !refused[i]).map((subject) => [identity, subject])).toEqual([])
    }
    expect(await refusedToSubscribe('token', answerSubject(asks.recordAndSign))).toBe(true)
    expect(await refusedToSubscribe('audit', answerSubject(asks.revokeToken))).toBe(true)
  })

  it('J06 nobody connects without a known key', async () => {
    await expect(connect({ servers: c.natsUrl, reconnect: false })).rejects.toThrow(/authori[sz]ation/i)
    const stranger = createUser().getSeed()
    await expect(
      connect({ servers: c.natsUrl, authenticator: nkeyAuthenticator(stranger), reconnect: false }),
    ).rejects.toThrow(/authori[sz]ation/i)
  })
})

describe('what a captured service can do', () => {
  const claims = (lifetime = 600, rest: Record<string, unknown> = {}): Record<string, unknown> => {
    const iat = Math.floor(Date.now() / 1000)
    return {
      iss: c.issuer,
      nbf: iat,
      iat,
      exp: iat + lifetime,
      aud: 'granfjelldal:journal',
      cnf: { jkt: 'A'.repeat(43) },
      scope: ['granfjelldal:journal/read'],
      client_id: 'test-ehr',
      client_amr: 'private_key_jwt',
      jti: 'ab'.repeat(16),
      ...rest,
    }
  }
  const sign = async (access: Record<string, unknown>): Promise<{ ok: boolean; error?: string }> => {
    const batch = {
      v: 1,
      deadline: Date.now() + 2000,
      requests: [
        {
          id: randomUUIDv7(),
          purpose: 'token.issued',
          assertion: { clientId: 'test-ehr', jti: `j09-${Math.random()}`, exp: Math.floor(Date.now() / 1000) + 30 },
          proof: { jkt: 'A'.repeat(43), jti: `j09-${Math.random()}`, exp: Math.floor(Date.now() / 1000) + 120 },
          access,
        },
      ],
    }
    const reply = await as('token').request(askSubject(asks.recordAndSign, 'token'), JSON.stringify(batch), {
      timeout: 5000,
    })
    return reply.json<{ results: { ok: boolean; error?: string }[] }>().results[0] as {
      ok: boolean
      error?: string
    }
  }

  it('J09 the signer refuses a long life, a foreign issuer, an unknown typ, alg, audience, scope or client', async () => {
    for (const access of [
      { typ: 'at+jwt', alg: 'ES256', claims: claims(3601) },
      { typ: 'at+jwt', alg: 'ES256', claims: claims(601) },
      { typ: 'at+jwt', alg: 'ES256', claims: claims(600, { iss: 'https://evil.example' }) },
      { typ: 'JWT', alg: 'ES256', claims: claims() },
      { typ: 'logout+jwt', alg: 'ES256', claims: claims() },
      { typ: 'at+jwt', alg: 'none', claims: claims() },
      { typ: 'at+jwt', alg: 'RS256', claims: claims() },
      { typ: 'at+jwt', alg: 'ES256', claims: claims(600, { aud: 'unknown:api' }) },
      { typ: 'at+jwt', alg: 'ES256', claims: claims(600, { scope: ['tillit:registry/write'] }) },
      { typ: 'at+jwt', alg: 'ES256', claims: claims(600, { client_id: 'test-other' }) },
      { typ: 'at+jwt', alg: 'ES256', claims: claims(600, { cnf: { jkt: 'B'.repeat(43) } }) },
      { typ: 'at+jwt', alg: 'ES256', claims: claims(600, { cnf: undefined }) },
      { typ: 'at+jwt', alg: 'ES256', claims: claims(600, { 'helseid://claims/identity/pid': '01810112345' }) },
    ]) {
      const result = await sign(access)
      expect([JSON.stringify(access).slice(0, 200), result.ok, result.error]).toEqual([
        JSON.stringify(access).slice(0, 200),
        false,
        'policy',
      ])
    }
    expect(await sign({ typ: 'at+jwt', alg: 'ES256', claims: claims() })).toEqual({
      ok: true,
      access: expect.any(String),
    })
  })

  it('J04 a forged reply to a signing request never becomes a token', async () => {
    // Only signing-key may subscribe where requests arrive; a captured signing-key identity answers with a key of its own.
    const impostor = makeKey()
    const ehr = c.client('test-ehr')
    expect((await ehr.token()).status).toBe(200)
    const subscription = as('signing-key').subscribe(answerSubject(asks.recordAndSign), {
      queue: asks.recordAndSign.queue,
    })
    void (async () => {
      for await (const message of subscription) {
        const { requests } = message.json<{ requests: { access?: { claims: Record<string, unknown> } }[] }>()
        const header = { alg: 'ES256', typ: 'at+jwt', kid: 'forged' }
        const results = requests.map(({ access }) => ({
          ok: true,
          access: makeJws(header, access?.claims ?? {}, impostor.privateKey),
        }))
        message.respond(JSON.stringify({ v: 1, results }))
      }
    })()
    try {
      let forgedAnswers = 0
      for (let i = 0; i < 40 && forgedAnswers < 3; i += 1) {
        const answer = await ehr.token()
        if (answer.status === 200)
          expect(decodeJwt(answer.body['access_token'] as string).header['kid']).not.toBe('forged')
        else {
          expect(answer.status).toBe(503)
          forgedAnswers += 1
        }
      }
      expect(forgedAnswers).toBeGreaterThan(0)
    } finally {
      subscription.unsubscribe()
      await as('signing-key').flush()
    }
    await eventually(async () => (await ehr.token()).status === 200, 10_000)
  })

  it("J02 a client_id with NATS' own signs reaches no subject", async () => {
    for (const clientId of ['*', '>', 'a.b', 'a\r\nPUB x 0', '$KV.registry', 'client.*', ' ']) {
      const stranger = c.client('test-ehr', { clientId })
      const answer = await stranger.token({ assertion: { claims: { iss: clientId, sub: clientId } } })
      expect([400, 401]).toContain(answer.status)
      expect(answer.status === 401 ? 'invalid_client' : 'invalid_request').toBe(answer.body['error'])
      expect(encodeToken(clientId)).toMatch(/^[A-Za-z0-9_-]+$/)
    }
  })

  it('J05 a message id used beforehand does not suppress a revocation', async () => {
    const ehr = c.client('test-ehr')
    const api = c.client('test-journal-api')
    const token = (await ehr.token()).body['access_token'] as string
    const jti = String(decodeJwt(token).claims['jti'])
    // The worst that the owner's own identity can do: guess ids and spend them before the relay does.
    const { jetstream } = await import('@nats-io/jetstream')
    const js = jetstream(as('client-registry'))
    for (const msgID of [jti, `revoked.${jti}`, registryKeys.revoked(jti)])
      await js.publish('registry.change.revoked', '{}', { msgID })
    expect((await ehr.post('/connect/revocation', { ...ehr.authentication(), token })).status).toBe(200)
    await eventually(
      async () => (await api.post('/connect/introspect', { ...api.authentication(), token })).body['active'] === false,
      50_000,
    )
  })
})
