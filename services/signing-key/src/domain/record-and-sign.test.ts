import { describe, expect, it } from '@jest/globals'
import { hash, verify } from 'node:crypto'
import { outcomeId, partitionOf, slotId, spendId } from '@tillit/oauth'
import { accessOf, ask, kinds } from '../asking.fixture.js'
import { JKT, JOURNAL, publicKeys, START, tokenRequest, World } from '../world.fixture.js'

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
