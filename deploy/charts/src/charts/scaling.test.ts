import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openCharts } from '../helm.js'
import type { Charts } from '../helm.js'
import { find, has, pod, SERVICES, specOf } from './support.js'

let charts: Charts
beforeAll(async () => {
  charts = await openCharts()
}, 60_000)
afterAll(() => charts.remove())

describe('scaling', () => {
  it('C9 gives the token endpoint an HPA on CPU 60 % and any other metric, with behaviour', async () => {
    const manifests = await charts.template('production-like')
    expect(specOf(find(manifests, 'HorizontalPodAutoscaler', 'token'))).toMatchObject({
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'demo-tillit-token' },
      minReplicas: 3,
      maxReplicas: 24,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } },
        { type: 'Pods', pods: { metric: { name: 'nodejs_eventloop_utilization' } } },
      ],
      behavior: { scaleUp: { stabilizationWindowSeconds: 0 }, scaleDown: { stabilizationWindowSeconds: 300 } },
    })
  })

  it('E11 names no replica count under an autoscaler, and one elsewhere', async () => {
    const manifests = await charts.template('production-like')
    expect(specOf(find(manifests, 'Deployment', 'token'))).not.toHaveProperty('replicas')
    expect(specOf(find(manifests, 'Deployment', 'signing-key'))).toHaveProperty('replicas', 3)
    expect(specOf(find(await charts.template('keda'), 'Deployment', 'token'))).not.toHaveProperty('replicas')
  })

  it('E12 has no default for how far to scale', async () => {
    const over = { token: { autoscaling: { enabled: true } } }
    await expect(charts.template('minimal', over)).rejects.toThrow('token: set autoscaling.maxReplicas')
  })

  it('C10 renders a ScaledObject instead, and never both', async () => {
    const manifests = await charts.template('keda')
    expect(has(manifests, 'HorizontalPodAutoscaler', 'token')).toBe(false)
    expect(specOf(find(manifests, 'ScaledObject', 'token'))).toMatchObject({
      minReplicaCount: 2,
      maxReplicaCount: 12,
      fallback: { failureThreshold: 3, replicas: 8 },
      advanced: { horizontalPodAutoscalerConfig: { behavior: { scaleDown: { stabilizationWindowSeconds: 300 } } } },
    })
    const both = { token: { autoscaling: { enabled: true, maxReplicas: 5 } } }
    await expect(charts.template('keda', both)).rejects.toThrow('exclude each other')
  })

  it('any service can scale, not token alone', async () => {
    const over = { signingKey: { autoscaling: { enabled: true, maxReplicas: 6, targetCPUUtilizationPercentage: 70 } } }
    const manifests = await charts.template('minimal', over)
    expect(specOf(find(manifests, 'HorizontalPodAutoscaler', 'signing-key'))).toHaveProperty('maxReplicas', 6)
  })

  it('E16 never blocks a drain: one unavailable at a time, broken pods go, also at one replica', async () => {
    const manifests = await charts.template('minimal', { common: { replicas: 1 } })
    for (const service of SERVICES) {
      const budget = specOf(find(manifests, 'PodDisruptionBudget', service))
      expect(budget).toMatchObject({ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' })
      expect(budget).not.toHaveProperty('minAvailable')
    }
  })

  it('C11 spreads over zones and hosts, per revision', async () => {
    const spec = pod(await charts.template('minimal'), 'Deployment', 'token')
    expect(spec['topologySpreadConstraints']).toMatchObject([
      { topologyKey: 'topology.kubernetes.io/zone', maxSkew: 1, matchLabelKeys: ['pod-template-hash'] },
      { topologyKey: 'kubernetes.io/hostname', maxSkew: 1, matchLabelKeys: ['pod-template-hash'] },
    ])
  })

  it('E14 rolls with one pod more and none fewer', async () => {
    const spec = specOf(find(await charts.template('minimal'), 'Deployment', 'token'))
    expect(spec['strategy']).toEqual({ type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } })
  })
})
