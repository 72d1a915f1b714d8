import { describe, expect, it } from '@jest/globals'
import { hash, verify } from 'node:crypto'
import { outcomeId, partitionOf, slotId, spendId } from '@tillit/oauth'
import { recordAndSign } from './record-and-sign.js'
import type { SignRequest, SignResult } from './sign-request.js'
import { JOURNAL, JKT, publicKeys, START, tokenRequest, World } from './world.fixture.js'

const ask = (world: World, ...requests: SignRequest[]): Promise<SignResult[]> =>
  recordAndSign({ deadline: world.now + 2_000, requests }, 'token', world.deps)

const kinds = (world: World): string[] =>
  world.recorder.stored.map(({ kind, data }) => (data['reason'] ? `${kind} ${String(data['reason'])}` : kind))

const accessOf = (result: SignResult | undefined): string => (result?.ok ? (result.access ?? '') : '')

describe('a request in order', () => {
  it('is recorded, then signed with the active key', async () => {
    const world = new World()
    const request = tokenRequest()
    const [result] = await ask(world, request)
    const [header, payload, signature] = accessOf(result).split('.')
    expect(JSON.parse(Buffer.from(header ?? '', 'base64url').toString())).toEqual({
      alg: 'ES256',
      typ: 'at+jwt',
      kid: world.signers.get('ES256')?.kid,
    })
    expect(JSON.parse(Buffer.from(payload ?? '', 'base64url').toString())).toEqual(request.access.claims)
    const key = { key: publicKeys['ES256'] as never, dsaEncoding: 'ieee-p1363' } as const
    expect(verify('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature ?? '', 'base64url'))).toBe(
      true,
    )
  })

  it('leaves an intent that names client, assertion, proof, key and the hash of what is signed', async () => {
    const world = new World()
    const request = tokenRequest()
    const [result] = await ask(world, { ...request, traceparent: '00-a-b-01' })
    const [record] = world.recorder.stored
    const [header, payload] = accessOf(result).split('.')
    expect(record).toMatchObject({
      kind: 'tokenIntent',
      id: spendId('ehr', request.assertion.jti),
      partition: partitionOf('ehr', 8),
    })
    expect(record?.data).toMatchObject({
      requester: 'token',
      clientId: 'ehr',
      aud: JOURNAL,
      jkt: JKT,
      orgnrParent: '999977774',
      alg: 'ES256',
      tokenHash: hash('sha256', `${header}.${payload}`, 'base64url'),
      spend: { hash: spendId('ehr', request.assertion.jti), exp: request.assertion.exp },
    })
  })

  it('is recorded before anything is signed', async () => {
    const world = new World()
    const order: string[] = []
    const signer = world.signers.get('ES256')
    if (!signer) throw new Error('no signer')
    world.recorder.onPublish = () => order.push('record')
    world.signers.set('ES256', { ...signer, sign: (input) => (order.push('sign'), signer.sign(input)) })
    await ask(world, tokenRequest())
    expect(order).toEqual(['record', 'sign'])
  })

  it('is signed off the main loop with RSA', async () => {
    const world = new World()
    const token = { audiences: ['old:api'], scope: ['old:api/read'] }
    const [result] = await ask(world, tokenRequest({ alg: 'RS256', token }))
    const [header, payload, signature] = accessOf(result).split('.')
    const key = publicKeys['RS256'] as never
    expect(verify('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature ?? '', 'base64url'))).toBe(
      true,
    )
    expect(world.signers.get('RS256')?.sign('x')).toBeInstanceOf(Promise)
  })

  it('may spend an assertion or a proof without a token', async () => {
    const world = new World()
    const { assertion, proof } = tokenRequest()
    const spend = { id: tokenRequest().id, purpose: 'token.revoked', assertion }
    expect(await ask(world, spend)).toEqual([{ ok: true }])
    expect(await ask(world, { id: tokenRequest().id, purpose: 'token.introspected', proof })).toEqual([{ ok: true }])
    expect(kinds(world)).toEqual(['assertionSpent'])
  })
})

describe('replay', () => {
  it('B03 refuses an assertion that was used before, and the refusal fills the place', async () => {
    const world = new World()
    const request = tokenRequest()
    await ask(world, request)
    expect(await ask(world, { ...tokenRequest(), assertion: request.assertion })).toEqual([
      { ok: false, error: 'replay' },
    ])
    await world.settle()
    expect(kinds(world)).toEqual(['tokenIntent', 'replayRefused'])
    const place = { producer: 'p', epoch: 'e', stream: `S${partitionOf('ehr', 8)}`, n: 2 }
    expect(world.recorder.stored[1]).toMatchObject({ n: 2, id: slotId(place), data: { purpose: 'token.issued' } })
    expect(world.recorder.holes()).toEqual([])
  })

  it('B03 refuses the same assertion across endpoints', async () => {
    const world = new World()
    const request = tokenRequest()
    await ask(world, request)
    const again = { id: tokenRequest().id, purpose: 'token.revoked', assertion: request.assertion }
    expect(await ask(world, again)).toEqual([{ ok: false, error: 'replay' }])
  })

  it('B03 lets one of two bearers in the same batch through', async () => {
    const world = new World()
    const one = tokenRequest()
    const results = await ask(world, one, { ...tokenRequest(), assertion: one.assertion })
    expect(results.map((result) => result.ok)).toEqual([true, false])
    await world.settle()
    expect(world.recorder.holes()).toEqual([])
  })

  it('B03 gives the same jti of two clients to both', async () => {
    const world = new World()
    const one = tokenRequest()
    const organisation = { parent: '999977774', supplier: '313745392' }
    const other = tokenRequest({ token: { clientId: 'saas', organisation } })
    const results = await ask(world, one, { ...other, assertion: { ...other.assertion, jti: one.assertion.jti } })
    expect(results.map((result) => result.ok)).toEqual([true, true])
  })

  it('D01 refuses a proof that was used before; the intent is followed by its outcome', async () => {
    const world = new World()
    const request = tokenRequest()
    await ask(world, request)
    const second = { ...tokenRequest(), proof: request.proof }
    expect(await ask(world, second)).toEqual([{ ok: false, error: 'proof_replay' }])
    await world.settle()
    expect(kinds(world)).toEqual(['tokenIntent', 'tokenIntent', 'tokenOutcome proof_replay'])
    const jti = String(second.access.claims['jti'])
    const about = { epoch: 'e', stream: `S${partitionOf('ehr', 8)}`, n: 2 }
    expect(world.recorder.stored[2]).toMatchObject({
      id: outcomeId(jti),
      n: 3,
      data: { jti, value: 'unsigned', about },
    })
    expect(world.seen.proofs).toEqual(['replay'])
  })

  it('D01 lets one of two bearers of a proof in the same batch through', async () => {
    const world = new World()
    const one = tokenRequest()
    const results = await ask(world, one, { ...tokenRequest(), proof: one.proof })
    expect(results).toEqual([expect.objectContaining({ ok: true }), { ok: false, error: 'proof_replay' }])
  })

  it('D01 refuses a proof that is older than the memory of proofs, before anything is spent', async () => {
    const world = new World()
    world.floor = START + 1
    expect(await ask(world, tokenRequest())).toEqual([{ ok: false, error: 'proof_replay', detail: 'floor' }])
    expect(world.recorder.stored).toEqual([])
    world.floor = undefined
    expect(await ask(world, tokenRequest())).toEqual([{ ok: false, error: 'unavailable', detail: '1' }])
  })
})

describe('without an acknowledgement', () => {
  it('signs nothing, and repeats the intent until its fate is known, then says unsigned', async () => {
    for (const mode of ['silent', 'stored-but-silent'] as const) {
      const world = new World()
      world.recorder.mode = mode
      expect(await ask(world, tokenRequest())).toEqual([{ ok: false, error: 'unavailable', detail: '1' }])
      await world.debts.run()
      world.recorder.mode = 'ok'
      await world.settle()
      expect(kinds(world)).toEqual(['tokenIntent', 'tokenOutcome unknown_ack'])
      expect(world.recorder.holes()).toEqual([])
    }
  })

  it('B03 keeps the assertion of such a request used', async () => {
    const world = new World()
    world.recorder.mode = 'silent'
    const request = tokenRequest()
    await ask(world, request)
    world.recorder.mode = 'ok'
    await world.settle()
    const retry = {
      ...tokenRequest({ now: world.now }),
      assertion: { ...request.assertion, exp: world.now / 1000 + 30 },
    }
    expect(await ask(world, retry)).toEqual([{ ok: false, error: 'replay' }])
  })

  it('fills the place with a replay record where the bearer of the id is older than the attempt', async () => {
    const world = new World()
    const request = tokenRequest()
    await ask(world, request)
    world.recorder.mode = 'silent'
    await ask(world, { ...tokenRequest(), assertion: request.assertion })
    world.recorder.mode = 'ok'
    await world.settle()
    expect(kinds(world)).toEqual(['tokenIntent', 'replayRefused'])
    expect(world.recorder.holes()).toEqual([])
  })

  it('refuses further work on a partition that refuses records, until the place is filled', async () => {
    const world = new World()
    world.recorder.mode = 'refusing'
    expect(await ask(world, tokenRequest())).toEqual([{ ok: false, error: 'unavailable', detail: '5' }])
    expect(await ask(world, tokenRequest())).toEqual([{ ok: false, error: 'unavailable', detail: '5' }])
    expect(world.debts.size).toBe(1)
    world.recorder.mode = 'ok'
    await world.settle()
    expect(kinds(world)).toEqual(['tokenIntent', 'tokenOutcome unknown_ack'])
    expect((await ask(world, tokenRequest({ now: world.now })))[0]?.ok).toBe(true)
  })

  it('of the proof, the intent ends unsigned', async () => {
    const world = new World()
    world.recorder.proofs = 'silent'
    expect(await ask(world, tokenRequest())).toEqual([{ ok: false, error: 'unavailable', detail: '1' }])
    await world.settle()
    expect(kinds(world)).toEqual(['tokenIntent', 'tokenOutcome unknown_ack'])
  })

  it('of a spend, repeats it and says nothing about a token', async () => {
    const world = new World()
    world.recorder.mode = 'silent'
    const { assertion, id } = tokenRequest()
    expect(await ask(world, { id, purpose: 'token.revoked', assertion })).toMatchObject([{ error: 'unavailable' }])
    world.recorder.mode = 'ok'
    await world.settle()
    expect(kinds(world)).toEqual(['assertionSpent'])
  })

  it('takes no work while too much is owed', async () => {
    const world = new World()
    world.recorder.mode = 'silent'
    for (let i = 0; i < 100; i += 1) await ask(world, tokenRequest())
    world.recorder.mode = 'ok'
    expect(await ask(world, tokenRequest())).toEqual([{ ok: false, error: 'unavailable', detail: '5' }])
  })
})

describe('deadline', () => {
  it('signs nothing after a late acknowledgement, and says so', async () => {
    const world = new World()
    world.recorder.onPublish = () => (world.now += 2_000)
    expect(await ask(world, tokenRequest())).toEqual([{ ok: false, error: 'unavailable', detail: '1' }])
    world.recorder.onPublish = () => undefined
    await world.settle()
    expect(kinds(world)).toEqual(['tokenIntent', 'tokenOutcome deadline'])
  })

  it('signs nothing when it passes between acknowledgement and signature', async () => {
    const world = new World()
    const deps = { ...world.deps, beforeSign: () => Promise.resolve(void (world.now += 2_000)) }
    const batch = { deadline: world.now + 2_000, requests: [tokenRequest()] }
    expect(await recordAndSign(batch, 'token', deps)).toMatchObject([{ error: 'unavailable' }])
    await world.settle()
    expect(kinds(world)).toEqual(['tokenIntent', 'tokenOutcome deadline'])
  })

  it('records nothing for a batch that comes too late, as after a freeze', async () => {
    const world = new World()
    const batch = { deadline: world.now, requests: [tokenRequest()] }
    expect(await recordAndSign(batch, 'token', world.deps)).toMatchObject([{ error: 'unavailable' }])
    expect(world.recorder.stored).toEqual([])
  })
})

describe('what keeps the signer from working', () => {
  const nothing = async (world: World, detail: string): Promise<void> => {
    expect(await ask(world, tokenRequest())).toEqual([{ ok: false, error: 'unavailable', detail }])
    expect(world.recorder.stored).toEqual([])
  }

  it('a registry that has been silent for too long', async () => {
    const world = new World()
    world.entries.fresh = false
    await nothing(world, '1')
  })

  it('no connection to NATS', async () => {
    const world = new World()
    world.recorder.mode = 'down'
    await nothing(world, '1')
  })

  it('no current partition map, or one that starts later: the wait in seconds', async () => {
    const world = new World()
    world.map = undefined
    await nothing(world, '1')
    world.map = { generation: 2, partitions: 16, issueFrom: START / 1000 + 80 }
    await nothing(world, '80')
  })

  it('no key for the algorithm', async () => {
    const world = new World()
    world.signers.delete('ES256')
    await nothing(world, '5')
  })

  it('a registry that cannot be asked about an entry', async () => {
    const world = new World()
    const registry = { ...world.deps.registry, client: () => Promise.reject(new Error('not reachable')) }
    const batch = { deadline: world.now + 2_000, requests: [tokenRequest()] }
    expect(await recordAndSign(batch, 'token', { ...world.deps, registry })).toMatchObject([{ error: 'unavailable' }])
    expect(world.seen.errors).toHaveLength(1)
  })

  it('a key that is withdrawn between record and signature: the intent ends unsigned', async () => {
    const world = new World()
    const deps = { ...world.deps, beforeSign: () => Promise.resolve(void world.signers.delete('ES256')) }
    const batch = { deadline: world.now + 2_000, requests: [tokenRequest()] }
    expect(await recordAndSign(batch, 'token', deps)).toMatchObject([{ error: 'unavailable' }])
    await world.settle()
    expect(kinds(world)).toEqual(['tokenIntent', 'tokenOutcome sign_failed'])
  })
})

describe('entries that are not held in memory', () => {
  it('are loaded, and the request goes on with what is true then', async () => {
    const world = new World()
    const held = new Set<string>()
    const once = <T>(key: string, value: T): T | Promise<T> => {
      if (held.has(key)) return value
      held.add(key)
      return Promise.resolve(value)
    }
    const { registry } = world.deps
    const loading = {
      ...registry,
      client: (id: string) => once(`c${id}`, registry.client(id)),
      api: (a: string) => once(`a${a}`, registry.api(a)),
    }
    const batch = { deadline: world.now + 2_000, requests: [tokenRequest()] }
    const [result] = await recordAndSign(batch, 'token', { ...world.deps, registry: loading as typeof registry })
    expect(result?.ok).toBe(true)
    expect([...held]).toEqual(['cehr', `a${JOURNAL}`])
  })

  it('that are never kept make the request unavailable', async () => {
    const world = new World()
    const registry = { ...world.deps.registry, client: () => Promise.resolve(null) }
    const batch = { deadline: world.now + 2_000, requests: [tokenRequest()] }
    expect(await recordAndSign(batch, 'token', { ...world.deps, registry })).toMatchObject([{ error: 'unavailable' }])
  })
})

describe('policy', () => {
  it('J09 refuses without using anything up, and counts it for audit', async () => {
    const world = new World()
    const request = tokenRequest({ token: { lifetime: 601 } })
    expect(await ask(world, request)).toEqual([{ ok: false, error: 'policy', detail: 'lifetime' }])
    expect(world.seen.refused).toEqual(['token ehr lifetime'])
    expect(world.recorder.stored).toEqual([])
    expect((await ask(world, { ...tokenRequest(), assertion: request.assertion }))[0]?.ok).toBe(true)
  })

  it('J09 never names a client that the registry does not know', async () => {
    const world = new World()
    await ask(world, tokenRequest({ token: { clientId: 'nobody\r\n' } }))
    expect(world.seen.refused).toEqual(['token  client_known'])
  })
})
