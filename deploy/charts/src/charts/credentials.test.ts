import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openCharts } from '../helm.js'
import type { Charts, Manifest } from '../helm.js'
import { podOf, securityProblems } from '../manifests/pod-security.js'
import { environment, find, pod, SERVICES, workloads } from './support.js'

let charts: Charts
let manifests: Manifest[]
beforeAll(async () => {
  charts = await openCharts()
  manifests = await charts.template('minimal')
}, 60_000)
afterAll(() => charts.remove())

interface SecretVolume {
  readonly name: string
  readonly secret?: {
    readonly secretName: string
    readonly items: { key: string; path: string }[]
    readonly defaultMode: number
  }
}
const secretsOf = (manifest: Manifest): string[] =>
  ((podOf(manifest)?.volumes ?? []) as SecretVolume[]).flatMap((volume) => volume.secret?.secretName ?? [])

describe('credentials', () => {
  it('C6 mounts the existing Secrets of each service as files and names the files in the environment', () => {
    expect(secretsOf(find(manifests, 'Deployment', 'signing-key'))).toEqual([
      'tillit-nats-signing-key',
      'tillit-signing-key-database',
      'tillit-nonce-key',
      'tillit-kek',
    ])
    const spec = pod(manifests, 'Deployment', 'signing-key')
    const variables = environment(spec)
    const mounts =
      (spec.containers[0] as { volumeMounts?: { mountPath: string; readOnly?: boolean }[] }).volumeMounts ?? []
    for (const name of ['NATS_NKEY_SEED_FILE', 'DATABASE_PASSWORD_FILE', 'NONCE_KEY_FILE', 'KEK_FILE']) {
      const mount = mounts.find(({ mountPath }) => `${mountPath}/value` === variables[name])
      expect(mount?.readOnly).toBe(true)
    }
  })

  it('C7 renders no Secret, and the same text every time', async () => {
    expect(manifests.filter((manifest) => manifest.kind === 'Secret')).toEqual([])
    expect(await charts.template('minimal')).toEqual(manifests)
  })

  it('E1 puts no credential into an environment value', () => {
    for (const manifest of workloads(manifests)) {
      const names = Object.keys(environment(podOf(manifest) ?? { containers: [] }))
      expect(names.filter((name) => /PASSWORD|SEED|KEK|PIN|SECRET/.test(name) && !name.endsWith('_FILE'))).toEqual([])
      expect(securityProblems(manifest)).toEqual([])
    }
    const url = environment(pod(manifests, 'Deployment', 'audit'))['DATABASE_URL']
    expect(new URL(url ?? '').password).toBe('')
  })

  it('gives a service nobody else’s Secrets, and no running pod the migration role', () => {
    const owners = ['tillit-signing-key-owner', 'tillit-client-registry-owner', 'tillit-audit-owner']
    for (const service of SERVICES) {
      const secrets = secretsOf(find(manifests, 'Deployment', service))
      expect(secrets.filter((name) => owners.includes(name))).toEqual([])
      expect(secrets.filter((name) => name.startsWith('tillit-nats-'))).toEqual([`tillit-nats-${service}`])
    }
    expect(secretsOf(find(manifests, 'Deployment', 'token'))).toEqual(['tillit-nats-token', 'tillit-nonce-key'])
  })

  const missing: [string, object][] = [
    ['token.credentials.nats', { token: { credentials: { nats: { existingSecret: '' } } } }],
    ['token.credentials.nonceKey', { token: { credentials: { nonceKey: { existingSecret: '' } } } }],
    ['signingKey.credentials.kek', { signingKey: { credentials: { kek: { existingSecret: '' } } } }],
    ['signingKey.credentials.database', { signingKey: { credentials: { database: { existingSecret: '' } } } }],
    ['audit.credentials.migration', { audit: { credentials: { migration: { existingSecret: '' } } } }],
    [
      'jobs.provisioning.credentials.nats',
      { jobs: { provisioning: { credentials: { nats: { existingSecret: '' } } } } },
    ],
  ]
  it.each(missing)('C7 does not render without %s, and says so', async (value, over) => {
    await expect(charts.template('minimal', over)).rejects.toThrow(`set ${value}.existingSecret`)
  })

  it('does not render without issuer, NATS and database, naming the value', async () => {
    await expect(charts.template('minimal', { issuer: '' })).rejects.toThrow('set issuer')
    await expect(charts.template('minimal', { nats: { urls: [] } })).rejects.toThrow('set nats.urls')
    await expect(charts.template('minimal', { database: { host: '' } })).rejects.toThrow('set database.host')
  })

  it('refuses a key-encryption key in a file in production', async () => {
    await expect(charts.template('minimal', { environment: 'production' })).rejects.toThrow('which production refuses')
  })

  it('mounts the authorities of NATS and PostgreSQL where they are named', async () => {
    const over = {
      nats: { ca: { existingSecret: 'nats-ca' } },
      database: { sslMode: 'verify-full', ca: { existingSecret: 'pg-ca' } },
    }
    const variables = environment(pod(await charts.template('minimal', over), 'Deployment', 'audit'))
    expect(variables['NATS_CA_FILE']).toBe('/run/secrets/tillit/nats-ca/value')
    expect(new URL(variables['DATABASE_URL'] ?? '').searchParams.get('sslrootcert')).toBe(
      '/run/secrets/tillit/database-ca/value',
    )
    expect(variables).not.toHaveProperty('')
  })
})
