import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openCharts } from '../helm.js'
import type { Charts, Manifest } from '../helm.js'
import { find, has, SERVICES, specOf, workloads } from './support.js'

let charts: Charts
let manifests: Manifest[]
beforeAll(async () => {
  charts = await openCharts()
  manifests = await charts.template('production-like')
}, 60_000)
afterAll(() => charts.remove())

interface Rule {
  readonly ports: { port: number }[]
  readonly from?: unknown[]
  readonly to?: unknown[]
}
const rules = (policy: Manifest, direction: 'ingress' | 'egress'): Rule[] => (specOf(policy)[direction] ?? []) as Rule[]
const ports = (policy: Manifest, direction: 'ingress' | 'egress'): number[] =>
  rules(policy, direction).flatMap((rule) => rule.ports.map(({ port }) => port))

describe('network', () => {
  it('C13 closes both directions of every pod by default, Jobs included', async () => {
    const minimal = await charts.template('minimal')
    const selected = minimal
      .filter((manifest) => manifest.kind === 'NetworkPolicy')
      .map((policy) => {
        expect(specOf(policy)['policyTypes']).toEqual(['Ingress', 'Egress'])
        return JSON.stringify((specOf(policy)['podSelector'] as { matchLabels: object }).matchLabels)
      })
    for (const workload of workloads(minimal)) {
      const component = workload.metadata.labels?.['app.kubernetes.io/component'] ?? 'none'
      expect(selected.filter((labels) => labels.includes(`"${component}"`))).toHaveLength(1)
    }
  })

  it('lets each service out to what it speaks to, and no further', () => {
    const egress = (name: string): number[] => ports(find(manifests, 'NetworkPolicy', name), 'egress')
    expect(egress('token')).toEqual([53, 53, 4222, 4318])
    expect(egress('audit')).toEqual([53, 53, 4222, 5432, 4318])
    expect(egress('audit-migrate')).toEqual([53, 53, 5432])
    expect(egress('nats-provision')).toEqual([53, 53, 4222])
    for (const service of SERVICES) {
      expect(
        rules(find(manifests, 'NetworkPolicy', service), 'egress').every((rule) => (rule.to ?? []).length > 0),
      ).toBe(true)
    }
  })

  it('lets in the gateway to the public port, Prometheus to the private one, and nobody to a Job', () => {
    const gateway = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'gateways' } } }
    const [open, metrics] = rules(find(manifests, 'NetworkPolicy', 'client-registry'), 'ingress')
    expect(open).toEqual({ ports: [{ port: 8080, protocol: 'TCP' }], from: [gateway] })
    expect(metrics?.ports).toEqual([{ port: 9090, protocol: 'TCP' }])
    expect(ports(find(manifests, 'NetworkPolicy', 'signing-key'), 'ingress')).toEqual([9090])
    expect(rules(find(manifests, 'NetworkPolicy', 'audit-migrate'), 'ingress')).toEqual([])
  })

  it('lets the smoke test ask token', () => {
    const [open] = rules(find(manifests, 'NetworkPolicy', 'token'), 'ingress')
    expect(JSON.stringify(open?.from)).toContain('smoke-test')
    expect(ports(find(manifests, 'NetworkPolicy', 'smoke-test'), 'egress')).toEqual([53, 53, 8080])
  })

  it('C19 routes the issuer’s paths by HTTPRoute or Ingress, and not what stays inside', async () => {
    const routes = specOf(find(manifests, 'HTTPRoute', 'gateway'))
    expect(routes['hostnames']).toEqual(['tillit.test.example'])
    const text = JSON.stringify(routes['rules'])
    for (const path of ['/.well-known', '/connect', '/admin']) expect(text).toContain(`"${path}"`)
    expect(text).not.toContain('/audit')
    const ingress = find(await charts.template('keda'), 'Ingress', 'gateway')
    expect(JSON.stringify(specOf(ingress)['rules'])).toContain('"/audit"')
    expect(specOf(ingress)['tls']).toEqual([{ hosts: ['tillit.test.example'], secretName: 'tillit-tls' }])
  })

  it('C17 reads metrics by PodMonitor or ServiceMonitor, and asks who may come', async () => {
    expect(has(manifests, 'PodMonitor', 'signing-key')).toBe(true)
    const keda = await charts.template('keda')
    const monitored = specOf(find(keda, 'ServiceMonitor', 'signing-key'))['selector'] as {
      matchLabels: Record<string, string>
    }
    expect(find(keda, 'Service', 'signing-key-private').metadata.labels).toMatchObject(monitored.matchLabels)
    expect(find(keda, 'Service', 'token').metadata.labels).not.toHaveProperty(['tillit/purpose'])
    await expect(charts.template('minimal', { monitoring: { enabled: true } })).rejects.toThrow(
      'networkPolicy.metricsFrom',
    )
  })
})
