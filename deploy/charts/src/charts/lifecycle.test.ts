import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openCharts } from '../helm.js'
import type { Charts } from '../helm.js'
import { environment, find, pod, SERVICES, specOf } from './support.js'

let charts: Charts
beforeAll(async () => {
  charts = await openCharts()
}, 60_000)
afterAll(() => charts.remove())

interface Container {
  readonly ports: { name: string; containerPort: number }[]
  readonly startupProbe: { httpGet: object }
  readonly livenessProbe: { httpGet: object }
  readonly readinessProbe: { httpGet: object }
  readonly lifecycle?: object
}

describe('probes and shutdown', () => {
  it('C16 E20 probes on the private port, which no Service and no route names', async () => {
    const manifests = await charts.template('production-like')
    for (const service of SERVICES) {
      const container = pod(manifests, 'Deployment', service).containers[0] as unknown as Container
      expect(container.startupProbe.httpGet).toEqual({ path: '/healthz', port: 'private' })
      expect(container.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'private' })
      expect(container.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'private' })
      const privatePort = container.ports.find(({ name }) => name === 'private')?.containerPort
      expect(environment(pod(manifests, 'Deployment', service))['PRIVATE_PORT']).toBe(String(privatePort))
    }
    const services = manifests.filter((manifest) => manifest.kind === 'Service')
    expect(services.flatMap((service) => specOf(service)['ports'])).toEqual(
      services.map(() => ({ name: 'http', port: 80, targetPort: 'http', appProtocol: 'http' })),
    )
    expect(services.map((service) => service.metadata.name)).not.toContain('demo-tillit-signing-key')
  })

  it('E13 drains in the process: readiness 503 while still serving, inside the grace period', async () => {
    const spec = pod(await charts.template('minimal'), 'Deployment', 'token')
    expect(environment(spec)).toMatchObject({ DRAIN_MS: '10000', SHUTDOWN_MS: '45000', HOST: '0.0.0.0', PORT: '8080' })
    expect(spec['terminationGracePeriodSeconds']).toBe(50)
    expect((spec.containers[0] as unknown as Container).lifecycle).toBeUndefined()
  })

  it('E13 or lets the kubelet wait, with the time added to the grace period', async () => {
    const spec = pod(await charts.template('keda'), 'Deployment', 'token')
    expect((spec.containers[0] as unknown as Container).lifecycle).toEqual({ preStop: { sleep: { seconds: 15 } } })
    expect(environment(spec)['DRAIN_MS']).toBe('0')
    expect(spec['terminationGracePeriodSeconds']).toBe(65)
  })

  it('refuses a grace period that would cut the shutdown off', async () => {
    const over = { common: { terminationGracePeriodSeconds: 30 } }
    await expect(charts.template('minimal', over)).rejects.toThrow('terminationGracePeriodSeconds 30 is too short')
  })

  it('gives each process its own instance name and the configuration as plain texts', async () => {
    const over = {
      token: { config: { READ_MODEL_CAPACITY: 2_000_000 } },
      signingKey: { config: { ALLOWED_ALGS: ['ES256', 'PS256'] } },
    }
    const manifests = await charts.template('minimal', over)
    const token = find(manifests, 'Deployment', 'token')
    expect(JSON.stringify(token)).toContain(
      '{"name":"INSTANCE_ID","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}}',
    )
    expect(environment(pod(manifests, 'Deployment', 'token'))['READ_MODEL_CAPACITY']).toBe('2000000')
    expect(environment(pod(manifests, 'Deployment', 'signing-key'))['ALLOWED_ALGS']).toBe('ES256,PS256')
    expect(environment(pod(manifests, 'Deployment', 'signing-key'))).not.toHaveProperty('PORT')
    expect(environment(pod(manifests, 'Deployment', 'signing-key'))['PROOF_STREAM_REPLICAS']).toBe('1')
  })

  it('C20 pins by digest, takes a registry for all, and else the tag of the release', async () => {
    const digest = `sha256:${'a'.repeat(64)}`
    const pinned = await charts.template('minimal', {
      global: { imageRegistry: 'registry.example' },
      image: { digest, tag: '1.2.3' },
    })
    expect(pod(pinned, 'Deployment', 'token').containers[0]).toHaveProperty(
      'image',
      `registry.example/tillit/services:1.2.3@${digest}`,
    )
    expect(pod(pinned, 'Job', 'audit-migrate').containers[0]).toHaveProperty(
      'image',
      'registry.example/tillit/deploy:0.1.0',
    )
  })
})
