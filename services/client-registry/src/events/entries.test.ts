import { ApiEntry, ClientEntry, DelegationEntry, OrganisationEntry, RevokedEntry } from '@tillit/events'
import { describe, expect, it } from '@jest/globals'
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { importDocument } from '../domain/import-document.js'
import type { OutboxKind } from '../domain/outbox.js'
import { documentOf, freshWorld, localRules, NOW } from '../domain/sample.fixture.js'
import { FakeRegistry } from '../store/registry.fake.js'
import { entryOf, keyOf, ttlOf } from './entries.js'

const schemas: Record<OutboxKind, TSchema> = {
  organisation: OrganisationEntry,
  api: ApiEntry,
  client: ClientEntry,
  delegation: DelegationEntry,
  revoked: RevokedEntry,
}

describe('read-model entries', () => {
  it('are what the contract says, of every kind', async () => {
    const store = new FakeRegistry(() => NOW)
    const relay = { kick: () => undefined }
    await importDocument(documentOf(freshWorld()), { actor: 'import' }, { store, relay, rules: localRules })
    await store.revoke({ jti: 'j', exp: NOW / 1000 + 60, clientId: 'c' }, { actor: 'test' })
    const seen = new Set<OutboxKind>()
    for (const row of store.rows) {
      const entry = entryOf(row)
      expect([row.kind, Value.Errors(schemas[row.kind], entry)]).toEqual([row.kind, []])
      expect(entry.revision).toBe(row.revision)
      expect(JSON.stringify(entry)).not.toMatch(/statusReason|thumbprint/)
      seen.add(row.kind)
    }
    expect(seen.size).toBe(5)
  })

  it.each(['*', '>', 'a.b', 'a\r\nb', 'a b', 'client.x'])('J02 encodes %j in a key', (subject) => {
    for (const kind of ['client', 'api', 'revoked'] as const) {
      expect(keyOf({ kind, subject: [subject] })).toMatch(/^[a-z]+\.[A-Za-z0-9_-]+$/)
    }
    expect(keyOf({ kind: 'delegation', subject: [subject, subject] })).toMatch(
      /^delegation\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/,
    )
  })

  it('keeps a revocation a minute past the token, everything else for ever', () => {
    const revoked = {
      kind: 'revoked',
      subject: ['j'],
      revision: 1,
      value: { jti: 'j', exp: NOW / 1000 + 100, clientId: 'c' },
    } as const
    expect(ttlOf(revoked, NOW)).toBe(160)
    expect(ttlOf({ ...revoked, kind: 'client' }, NOW)).toBeUndefined()
  })
})
