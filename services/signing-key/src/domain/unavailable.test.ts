import { describe, expect, it } from '@jest/globals'
import { ask, kinds } from '../asking.fixture.js'
import { JOURNAL, START, tokenRequest, World } from '../world.fixture.js'
import { recordAndSign } from './record-and-sign.js'

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
