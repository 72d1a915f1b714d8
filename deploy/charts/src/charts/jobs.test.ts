import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openCharts } from '../helm.js'
import type { Charts, Manifest } from '../helm.js'
import { environment, find, has, pod } from './support.js'

let charts: Charts
let manifests: Manifest[]
beforeAll(async () => {
  charts = await openCharts()
  manifests = await charts.template('production-like')
}, 60_000)
afterAll(() => charts.remove())

const JOBS = ['signing-key-migrate', 'client-registry-migrate', 'audit-migrate', 'nats-provision'] as const
const weight = (manifest: Manifest): number => Number(manifest.metadata.annotations?.['helm.sh/hook-weight'])

describe('jobs', () => {
  it('C8 E7 migrates each database in a Job of its own, as its owner and under its own ServiceAccount', () => {
    for (const service of ['signing-key', 'client-registry', 'audit']) {
      const spec = pod(manifests, 'Job', `${service}-migrate`)
      const database = `tillit_${service.replaceAll('-', '_')}`
      const url = new URL(environment(spec)['MIGRATION_DATABASE_URL'] ?? '')
      expect([url.username, url.pathname, url.host, url.password]).toEqual([
        `${database}_owner`,
        `/${database}`,
        'tillit-rw.databases.svc:5432',
        '',
      ])
      expect(environment(spec)['MIGRATION_DATABASE_PASSWORD_FILE']).toBe('/run/secrets/tillit/migration/value')
      expect(spec['serviceAccountName']).toBe(`demo-tillit-${service}-migrate`)
      expect(spec.containers[0]).toHaveProperty('args', ['deploy/image/migrate.mjs', service])
    }
    expect(has(manifests, 'Job', 'token-migrate')).toBe(false)
  })

  it('E6 E17 brings ServiceAccount and NetworkPolicy before the Job, also under Argo CD', () => {
    for (const job of JOBS) {
      for (const kind of ['ServiceAccount', 'NetworkPolicy', 'Job']) {
        const manifest = find(manifests, kind, job)
        expect(manifest.metadata.annotations).toMatchObject({
          'helm.sh/hook': 'pre-install,pre-upgrade',
          'helm.sh/hook-delete-policy': 'before-hook-creation',
        })
        expect(weight(manifest)).toBe(kind === 'Job' ? 0 : -10)
      }
    }
  })

  it('E8 puts Jobs where services run: nodes, tolerations, pull secrets, priority', () => {
    const service = pod(manifests, 'Deployment', 'audit')
    for (const job of JOBS) {
      const spec = pod(manifests, 'Job', job)
      for (const key of ['nodeSelector', 'tolerations', 'imagePullSecrets', 'priorityClassName']) {
        expect(spec[key]).toBeDefined()
        expect(spec[key]).toEqual(service[key])
      }
    }
  })

  it('keeps a mesh’s sidecar out, which would outlive the Job', () => {
    const template = (find(manifests, 'Job', 'audit-migrate')['spec'] as { template: Manifest }).template
    expect(template.metadata.labels).toHaveProperty(['sidecar.istio.io/inject'], 'false')
    expect(template.metadata.annotations).toHaveProperty(['linkerd.io/inject'], 'disabled')
  })

  it('provisions NATS as the identity deploy', () => {
    const spec = pod(manifests, 'Job', 'nats-provision')
    expect(spec.containers[0]).toHaveProperty('args', ['deploy/nats/dist/provision.js'])
    expect(environment(spec)).toMatchObject({
      NATS_REPLICAS: '3',
      NATS_NKEY_SEED_FILE: '/run/secrets/tillit/nats/value',
    })
    expect(JSON.stringify(spec['volumes'])).toContain('tillit-nats-deploy')
  })

  it('leaves Jobs out when they are switched off', async () => {
    const without = await charts.template('minimal', { jobs: { migrations: false, provisioning: { enabled: false } } })
    expect(without.filter((manifest) => manifest.kind === 'Job')).toEqual([])
  })
})
