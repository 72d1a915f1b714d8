import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { changeStatus } from '../domain/change-status.js'
import { importDocument, type ImportResult } from '../domain/import-document.js'
import type { Organisation } from '../domain/model.js'
import type { Outbox } from '../domain/outbox.js'
import type { Held, Lookup, ProofStore, RegistryStore } from '../domain/ports.js'
import { documentOf, freshOrgnr, freshWorld, item, localRules, publicJwk } from '../domain/sample.fixture.js'
import { outboxSuite } from './outbox.suite.js'

export interface OpenedStores {
  readonly store: RegistryStore & ProofStore
  readonly outbox: Outbox
  close(): Promise<void>
}

const relay = { kick: (): void => undefined }
const nothing: Lookup = { organisations: [], apis: [], clients: [], delegations: [], keys: [] }

/** What every registry store does: the fake in unit tests and PostgreSQL in the constellation pass the same suite. */
export function registrySuite(name: string, open: () => Promise<OpenedStores>): void {
  describe(`registry store: ${name}`, () => {
    let opened: OpenedStores
    beforeAll(async () => {
      opened = await open()
    })
    afterAll(() => opened.close())
    const load = (document: unknown, dryRun = false): Promise<ImportResult> =>
      importDocument(document, { actor: 'import', dryRun }, { store: opened.store, relay, rules: localRules })
    const createUnit = (orgnr: string) =>
      opened.store.change(
        nothing,
        () => [{ entity: { kind: 'organisation', value: blank(orgnr) }, action: 'created' }],
        {
          actor: 'test',
        },
      )

    it('finds what an import wrote, each record with a revision of its own', async () => {
      const world = freshWorld()
      const { changes } = await load(documentOf(world))
      const first = changes[0]?.revision ?? 0
      expect(changes.map(({ revision }) => revision)).toEqual(changes.map((_, at) => first + at))
      const client = await opened.store.find('client', [world.client])
      expect(client).toMatchObject({
        organisation: world.main,
        status: 'active',
        childOrganizationNumbers: [...world.units].toSorted(),
        flags: { requirePar: true, allowBearer: false },
        keys: [{ expiresAt: Date.UTC(2030, 0, 1) / 1000 }],
        audienceClaims: { [world.audience]: { 'journal-id': '17' } },
      })
      expect(await opened.store.find('organisation', [world.main])).toMatchObject({
        subUnits: [...world.units].toSorted(),
        acceptedTerms: { 'urn:test:terms': '1' },
      })
      expect(await opened.store.find('organisation', [world.units[0]])).toMatchObject({ parent: world.main })
      expect(await opened.store.find('api', [world.audience])).toMatchObject({
        signingAlg: 'ES256',
        accessTokenLifetime: 600,
      })
      expect(await opened.store.find('delegation', [world.supplier, world.main])).toMatchObject({ status: 'active' })
      expect(await opened.store.find('client', [`${world.client}-saas`])).toMatchObject({
        rateLimit: { perSecond: 5, burst: 10 },
      })
      expect(await opened.store.find('client', ['nobody'])).toBeUndefined()
    })

    it('makes no revision for a document that says what is held', async () => {
      const document = documentOf(freshWorld())
      await load(document)
      expect(await load(structuredClone(document))).toMatchObject({ changes: [] })
    })

    it('keeps nothing of a dry run', async () => {
      const world = freshWorld()
      const dry = await load(documentOf(world), true)
      expect(dry.changes).not.toHaveLength(0)
      expect(await opened.store.find('client', [world.client])).toBeUndefined()
      expect((await load(documentOf(world))).changes[0]?.revision).toBe(dry.changes[0]?.revision)
    })

    it('keeps nothing when the plan throws', async () => {
      const orgnr = freshOrgnr()
      const refuse = (): never => {
        throw new Error('no')
      }
      await expect(
        opened.store.change({ ...nothing, organisations: [orgnr] }, refuse, { actor: 'test' }),
      ).rejects.toThrow('no')
      expect(await opened.store.find('organisation', [orgnr])).toBeUndefined()
    })

    it('gives parallel changes revisions in a row, without gaps', async () => {
      const committed = await Promise.all(Array.from({ length: 8 }, () => createUnit(freshOrgnr())))
      const revisions = committed.flat().map(({ revision }) => revision)
      const sorted = revisions.toSorted((a, b) => a - b)
      expect(new Set(revisions).size).toBe(8)
      expect((sorted.at(-1) ?? 0) - (sorted[0] ?? 0)).toBe(7)
    })

    it('reads organisations with their families', async () => {
      const world = freshWorld()
      await load(documentOf(world))
      let seen: Held | undefined
      await opened.store.change(
        { ...nothing, organisations: [world.units[0]] },
        (held) => {
          seen = held
          return []
        },
        { actor: 'test' },
      )
      expect([...(seen?.organisations.keys() ?? [])].toSorted()).toEqual([world.main, ...world.units].toSorted())
    })

    it('replaces keys, and lets a key move between two listed clients', async () => {
      const world = freshWorld()
      const document = documentOf(world)
      await load(document)
      const moving = item(document.clients)['keys']
      item(document.clients)['keys'] = [{ jwk: publicJwk() }]
      item(document.clients, 1)['keys'] = moving
      await load(document)
      const owner = await opened.store.find('client', [`${world.client}-saas`])
      expect(owner?.keys).toHaveLength(1)
      expect(owner?.keys[0]?.expiresAt).toBe(Date.UTC(2030, 0, 1) / 1000)
    })

    it('withdraws and reactivates a record with its reason', async () => {
      const world = freshWorld()
      await load(documentOf(world))
      const change = {
        kind: 'organisation',
        subject: [world.units[0]],
        status: 'deactivated',
        reason: 'incident 7',
      } as const
      await changeStatus(change, 'client:op', { store: opened.store, relay })
      expect(await opened.store.find('organisation', [world.units[0]])).toMatchObject({
        status: 'deactivated',
        statusReason: 'incident 7',
      })
      expect((await opened.store.find('organisation', [world.main]))?.subUnits).toEqual([world.units[1]])
    })

    it('revokes a token once, however often and at once it is asked', async () => {
      const token = { jti: `jti-${freshOrgnr()}`, exp: Math.floor(Date.now() / 1000) + 600, clientId: 'a' }
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => opened.store.revoke(token, { actor: 'client:a' })),
      )
      expect(answers.filter(({ created }) => created)).toHaveLength(1)
      expect(new Set(answers.map(({ revision }) => revision)).size).toBe(1)
    })

    it('lets only an active client of an active organisation act, with a token that is not revoked', async () => {
      const world = freshWorld()
      await load(documentOf(world))
      const jti = `jti-${world.main}`
      expect(await opened.store.mayAct(world.client, jti)).toBe(true)
      expect(await opened.store.mayAct('nobody', jti)).toBe(false)
      await opened.store.revoke(
        { jti, exp: Math.floor(Date.now() / 1000) + 60, clientId: world.client },
        { actor: 'test' },
      )
      expect(await opened.store.mayAct(world.client, jti)).toBe(false)
      const stop = { kind: 'organisation', subject: [world.main], status: 'deactivated', reason: 'incident' } as const
      await changeStatus(stop, 'test', { store: opened.store, relay })
      expect(await opened.store.mayAct(world.client, 'another')).toBe(false)
    })

    it('D01 spends a proof once', async () => {
      const id = `proof-${freshOrgnr()}`
      const expiresAt = new Date(Date.now() + 120_000)
      const spent = await Promise.all([opened.store.spendProof(id, expiresAt), opened.store.spendProof(id, expiresAt)])
      expect(spent.toSorted()).toEqual([false, true])
    })

    outboxSuite(
      () => opened.outbox,
      () => createUnit(freshOrgnr()),
    )
  })
}

const blank = (orgnr: string): Organisation => ({
  orgnr,
  name: 'Unit',
  status: 'active',
  synthetic: true,
  member: false,
  approvedSupplier: false,
  subUnits: [],
  acceptedTerms: {},
})
