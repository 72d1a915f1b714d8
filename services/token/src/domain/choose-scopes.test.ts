import { beforeEach, describe, expect, it } from '@jest/globals'
import { chooseScopes, type ScopeChoice, type ScopeQuestion } from './choose-scopes.js'
import { refusal } from './issuing.fixture.js'
import { api, client, FakeRegistry, JOURNAL } from './registry.fixture.js'

const SECOND = 'test:second'
let registry: FakeRegistry
beforeEach(() => {
  registry = new FakeRegistry()
  registry.apis.set(SECOND, api({ audience: SECOND }))
})
const scopes = [`${JOURNAL}/read`, `${JOURNAL}/write`, `${SECOND}/read`]
const choose = (question: Partial<ScopeQuestion>): Promise<ScopeChoice> =>
  chooseScopes(
    { client: client({ scopes }), requested: undefined, resources: [], environment: 'test', ...question },
    registry,
  )

describe('chooseScopes', () => {
  it('T4 grants all allowed scopes when none is named', async () => {
    const { scope, apis } = await choose({})
    expect(scope).toEqual(scopes)
    expect(apis.map((entry) => entry.audience)).toEqual([JOURNAL, SECOND])
  })

  it('leaves out, unnamed, what is about a user, offered by nobody or of the platform', async () => {
    const more = [
      'openid',
      'helseid://scopes/identity/pid',
      'helseid://scopes/client/info',
      'gone:api/read',
      `${JOURNAL}/gone`,
    ]
    expect((await choose({ client: client({ scopes: [...more, ...scopes] }) })).scope).toEqual(scopes)
  })

  it('grants what is named, in the order named', async () => {
    const requested = [`${SECOND}/read`, `${JOURNAL}/write`]
    expect((await choose({ requested })).scope).toEqual(requested)
  })

  it('refuses a scope that is not on the client, and names it', async () => {
    const refused = await refusal(() => choose({ requested: [`${JOURNAL}/admin`] }))
    expect(refused).toMatchObject({ status: 400, code: 'invalid_scope' })
    expect(refused.text).toContain(`${JOURNAL}/admin`)
  })

  it('refuses identity scopes by name, even where the client has them', async () => {
    for (const scope of [
      'openid',
      'profile',
      'offline_access',
      'helseid://scopes/identity/pid',
      'helseid://scopes/hpr/hpr_number',
    ]) {
      const refused = await refusal(() =>
        choose({ client: client({ scopes: [scope, ...scopes] }), requested: [scope] }),
      )
      expect(refused.code).toBe('invalid_scope')
    }
  })

  it('refuses by name what no active API offers', async () => {
    registry.apis.set(SECOND, api({ audience: SECOND, status: 'deactivated' }))
    expect((await refusal(() => choose({ requested: [`${SECOND}/read`] }))).code).toBe('invalid_scope')
    expect((await choose({})).apis.map((entry) => entry.audience)).toEqual([JOURNAL])
  })

  it('T5 takes a platform scope beside the rest, and grants only the rest', async () => {
    const info = 'helseid://scopes/client/info'
    const { scope } = await choose({
      client: client({ scopes: [info, ...scopes] }),
      requested: [info, `${JOURNAL}/read`],
    })
    expect(scope).toEqual([`${JOURNAL}/read`])
  })

  it('refuses when nothing of an API is left', async () => {
    expect((await refusal(() => choose({ client: client({ scopes: ['openid'] }) }))).code).toBe('invalid_scope')
    expect((await refusal(() => choose({ client: client({ scopes: [] }) }))).code).toBe('invalid_scope')
  })

  it('takes a wildcard scope in test and refuses it in production', async () => {
    const wildcard = 'test:wild/api/*.*'
    registry.apis.set('test:wild', api({ audience: 'test:wild', scopes: [wildcard] }))
    const question = { client: client({ scopes: [wildcard] }), requested: [wildcard] }
    expect((await choose(question)).scope).toEqual([wildcard])
    expect((await refusal(() => choose({ ...question, environment: 'production' }))).code).toBe('invalid_scope')
  })

  it('refuses a scope name longer than the record takes', async () => {
    const long = `${JOURNAL}/${'x'.repeat(300)}`
    expect((await refusal(() => choose({ client: client({ scopes: [long] }), requested: [long] }))).code).toBe(
      'invalid_scope',
    )
  })
})

describe('chooseScopes with resource', () => {
  it('keeps to the resource, with or without scope', async () => {
    expect((await choose({ resources: [SECOND] })).scope).toEqual([`${SECOND}/read`])
    const { scope, apis } = await choose({ requested: scopes, resources: [SECOND] })
    expect([scope, apis.length]).toEqual([[`${SECOND}/read`], 1])
  })

  it('takes several resources', async () => {
    expect((await choose({ resources: [SECOND, JOURNAL] })).apis).toHaveLength(2)
  })

  it('refuses a resource that is unknown or that the client has no scope of, and names it', async () => {
    registry.apis.set('test:third', api({ audience: 'test:third' }))
    for (const resource of ['nobody:knows', 'test:third']) {
      const refused = await refusal(() => choose({ resources: [JOURNAL, resource] }))
      expect(refused).toMatchObject({ status: 400, code: 'invalid_target' })
      expect(refused.text).toContain(resource)
    }
  })

  it('refuses a resource that none of the named scopes belongs to', async () => {
    const refused = await refusal(() => choose({ requested: [`${JOURNAL}/read`], resources: [SECOND] }))
    expect(refused.code).toBe('invalid_target')
  })
})
