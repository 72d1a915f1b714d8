import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openCharts } from '../helm.js'
import type { Charts } from '../helm.js'
import { find, pod, specOf } from './support.js'

let charts: Charts
beforeAll(async () => {
  charts = await openCharts()
}, 60_000)
afterAll(() => charts.remove())

describe('values', () => {
  const typos: [string, object][] = [
    ['a top-level name', { isuer: 'https://tillit.test.example' }],
    ['a name inside a service', { token: { autoscalling: { enabled: true } } }],
    ['a variable of a service', { token: { config: { SIGN_DEADLINE: 2000 } } }],
    ['a variable of another service', { token: { config: { MAX_TOKEN_LIFETIME_SECONDS: 60 } } }],
    ['a credential', { token: { credentials: { nats: { existingsecret: 'x' } } } }],
    ['a variable that the chart itself writes', { token: { config: { ISSUER: 'https://other.example' } } }],
    ['a switch for fault tests', { signingKey: { config: { TEST_PAUSE_BEFORE_SIGN_MS: 5 } } }],
    ['a kind under patch', { token: { patch: { deploymnet: {} } } }],
  ]
  it.each(typos)('C1 refuses %s that does not exist', async (_what, over) => {
    await expect(charts.template('minimal', over)).rejects.toThrow('additional properties')
  })

  const wrong: [string, object, string][] = [
    ['an issuer with a trailing slash', { issuer: 'https://tillit.test.example/' }, '/issuer'],
    ['an issuer without TLS', { issuer: 'http://tillit.test.example' }, '/issuer'],
    [
      'a number out of its service’s range',
      { token: { config: { SIGN_DEADLINE_MS: 50 } } },
      '/token/config/SIGN_DEADLINE_MS',
    ],
    ['a shortened digest', { image: { digest: 'sha256:abc' } }, '/image/digest'],
    ['a password in a NATS address', { nats: { urls: ['nats://user:secret@nats:4222'] } }, '/nats/urls/0'],
    ['two replicas of a stream', { jobs: { provisioning: { replicas: 2 } } }, '/jobs/provisioning/replicas'],
  ]
  it.each(wrong)('refuses %s', async (_what, over, where) => {
    await expect(charts.template('minimal', over)).rejects.toThrow(where)
  })

  it('E23 leaves global and enabled to a parent chart', async () => {
    const over = { global: { anything: { at: 'all' } }, enabled: 'a string even' }
    await expect(charts.template('minimal', over)).resolves.not.toHaveLength(0)
  })

  it('lays a service’s values over common, also false and zero', async () => {
    const over = {
      common: { podDisruptionBudget: { enabled: true }, nodeSelector: { disk: 'ssd' }, config: { LOG_LEVEL: 'warn' } },
      audit: {
        podDisruptionBudget: { enabled: false },
        replicas: 0,
        nodeSelector: { zone: 'a' },
        config: { LOG_LEVEL: 'debug' },
      },
    }
    const manifests = await charts.template('minimal', over)
    expect(() => find(manifests, 'PodDisruptionBudget', 'audit')).toThrow()
    expect(specOf(find(manifests, 'Deployment', 'audit'))['replicas']).toBe(0)
    expect(pod(manifests, 'Deployment', 'audit')['nodeSelector']).toEqual({ disk: 'ssd', zone: 'a' })
    expect(JSON.stringify(pod(manifests, 'Deployment', 'audit'))).toContain('{"name":"LOG_LEVEL","value":"debug"}')
    expect(JSON.stringify(pod(manifests, 'Deployment', 'token'))).toContain('{"name":"LOG_LEVEL","value":"warn"}')
  })

  it('leaves a switched-off service out altogether', async () => {
    const manifests = await charts.template('keda', { audit: { enabled: false } })
    expect(
      manifests.filter((one) => one.metadata.labels?.['app.kubernetes.io/component']?.startsWith('audit')),
    ).toEqual([])
    expect(JSON.stringify(find(manifests, 'Ingress', 'gateway'))).not.toContain('"/audit"')
  })

  it('C22 names the Kubernetes versions that it is made for', async () => {
    const old = charts.helm(
      'template',
      'demo',
      'tillit',
      '-f',
      'tillit/examples/minimal.yaml',
      '--kube-version',
      '1.29.0',
    )
    await expect(old).rejects.toThrow('incompatible with Kubernetes v1.29.0')
  })
})

describe('escape hatches', () => {
  it('C21 merges and patches any object of a workload', async () => {
    const json = [
      { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'other:1' },
      { op: 'add', path: '/spec/template/spec/containers/0/env/0', value: { name: 'FIRST', value: '1' } },
      { op: 'add', path: '/spec/template/spec/containers/0/env/-', value: { name: 'LAST', value: '2' } },
      { op: 'remove', path: '/spec/template/spec/containers/0/volumeMounts/0' },
      { op: 'add', path: '/metadata/annotations', value: { 'a/b': 'c' } },
      { op: 'replace', path: '/metadata/annotations/a~1b', value: 'd' },
    ]
    const merge = { spec: { revisionHistoryLimit: 1, minReadySeconds: 3 }, metadata: { labels: { extra: 'yes' } } }
    const patched = await charts.template('minimal', { token: { patch: { deployment: { merge, json } } } })
    const plain = pod(await charts.template('minimal'), 'Deployment', 'token').containers[0] as unknown as Parts
    const container = pod(patched, 'Deployment', 'token').containers[0] as unknown as Parts
    expect(container.image).toBe('other:1')
    expect(container.env.map(({ name }) => name)).toEqual(['FIRST', ...plain.env.map(({ name }) => name), 'LAST'])
    expect(container.volumeMounts).toEqual(plain.volumeMounts.slice(1))
    const deployment = find(patched, 'Deployment', 'token')
    expect(specOf(deployment)).toMatchObject({ revisionHistoryLimit: 1, minReadySeconds: 3 })
    expect(deployment.metadata.annotations).toEqual({ 'a/b': 'd' })
    expect(deployment.metadata.labels).toMatchObject({ extra: 'yes', 'app.kubernetes.io/component': 'token' })
  })

  it('refuses a patch that meets nothing', async () => {
    const over = {
      token: {
        patch: {
          deployment: { json: [{ op: 'replace', path: '/spec/template/spec/containers/7/image', value: 'x' }] },
        },
      },
    }
    await expect(charts.template('minimal', over)).rejects.toThrow('names nothing')
  })

  it('adds manifests, as maps or texts, with templates in them', async () => {
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "demo-tillit-{{ .Values.environment }}"}\n'
    expect(find(await charts.template('minimal', { extraManifests: [text] }), 'ConfigMap', 'test')).toBeDefined()
    const note = (await charts.template('keda')).find((manifest) => manifest.metadata.name === 'demo-note')
    expect(note).toMatchObject({ kind: 'ConfigMap', data: { issuer: 'https://tillit.test.example' } })
  })
})

interface Parts {
  readonly image: string
  readonly env: { name: string }[]
  readonly volumeMounts: object[]
}
