import { readFile } from 'node:fs/promises'
import { describe, expect, it } from '@jest/globals'
import { allPermissions, identities, permissionsFor } from './permissions.js'

describe('permissions', () => {
  it('J01 every identity has allow-lists and its private inbox', () => {
    for (const identity of identities) {
      const { publish, subscribe } = permissionsFor(identity)
      expect(subscribe[0]).toBe(`_INBOX_${identity}.>`)
      expect(publish).not.toContain('>')
      expect(publish.length).toBeGreaterThan(0)
    }
  })

  it('J01 no service may delete, purge, change or read a stream message by message', () => {
    for (const identity of identities) {
      for (const subject of permissionsFor(identity).publish) {
        expect(subject).not.toMatch(/^\$JS\.API\.STREAM\.(DELETE|PURGE|MSG|SNAPSHOT|RESTORE|PEER)/)
        expect(subject).not.toMatch(/^\$SYS/)
        // A memory stream is gone with its servers; the signer alone may make this one anew.
        const ownMemory = identity === 'signing-key' && subject === '$JS.API.STREAM.CREATE.DPOP_PROOFS'
        if (identity !== 'deploy' && !ownMemory) expect(subject).not.toMatch(/^\$JS\.API\.STREAM\.(CREATE|UPDATE)/)
      }
    }
  })

  it('J01 consumers are created on buckets only, never on the streams of record', () => {
    const creations = identities
      .filter((identity) => identity !== 'deploy')
      .flatMap((identity) => permissionsFor(identity).publish)
      .filter((subject) => subject.includes('CONSUMER.CREATE'))
    expect(creations.length).toBeGreaterThan(0)
    for (const subject of creations) expect(subject).toMatch(/CONSUMER\.CREATE\.(KV_[a-z]+)\.\*\.\$KV\.[a-z]+\.>$/)
  })

  it('the signer alone publishes issuance records, proofs, keys and nonce secrets', () => {
    for (const subject of ['issuance.rec.0', 'issuance.rec.7', 'dpop.spent', '$KV.keys.>', '$KV.nonce.>']) {
      expect(identities.filter((identity) => permissionsFor(identity).publish.includes(subject))).toEqual([
        'signing-key',
      ])
    }
  })

  it('each service speaks in its own name only', () => {
    expect(permissionsFor('token').publish.filter((s) => /^(audit|sign|registry)\./.test(s))).toEqual([
      'audit.evt.token',
      'registry.req.revoke.token',
      'sign.req.token',
    ])
    expect(permissionsFor('signing-key').subscribe).toContain('sign.req.* signing-key')
    expect(permissionsFor('signing-key').publish).toContain('$JS.API.STREAM.INFO.DPOP_PROOFS')
    expect(permissionsFor('token').allowResponses).toBeUndefined()
    expect(permissionsFor('client-registry').allowResponses).toEqual({ max: 1, expires: '10s' })
  })

  it('audit acknowledges in both forms, for as many partitions as there are', () => {
    const twelve = permissionsFor('audit', 12).publish
    expect(twelve).toContain('$JS.ACK.ISSUANCE_11.audit.>')
    expect(twelve).toContain('$JS.ACK.*.*.ISSUANCE_11.audit.>')
    expect(permissionsFor('audit').publish).not.toContain('$JS.ACK.ISSUANCE_8.audit.>')
  })

  it('permissions.json is what the contracts say', async () => {
    const committed = await readFile(new URL('../permissions.json', import.meta.url), 'utf8')
    expect(JSON.parse(committed)).toEqual(allPermissions())
  })
})
