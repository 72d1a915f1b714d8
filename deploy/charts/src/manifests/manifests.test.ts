import { describe, expect, it } from '@jest/globals'
import type { Manifest } from '../helm.js'
import { securityProblems } from './pod-security.js'
import { unknownMembers } from './unknown-members.js'
import { problemsOf } from './validate.js'

const pod = (spec: object): Manifest => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'one' }, spec })
const safe = {
  automountServiceAccountToken: false,
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [
    {
      name: 'main',
      image: 'x:1',
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    },
  ],
}

describe('problemsOf', () => {
  it('accepts a valid manifest', async () => {
    expect(await problemsOf(pod(safe))).toEqual([])
  })

  it('refuses a wrong type, an absent member and a kind without a schema', async () => {
    expect(await problemsOf(pod({ ...safe, terminationGracePeriodSeconds: 'soon' }))).toHaveLength(1)
    expect(await problemsOf(pod({}))).toHaveLength(1)
    expect(await problemsOf({ ...pod(safe), kind: 'Pot' })).toEqual([
      'Pot one: v1/Pot has no schema in manifests/kinds.ts',
    ])
  })

  it('knows the custom resources', async () => {
    const scaled = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', metadata: { name: 'one' } }
    expect(await problemsOf({ ...scaled, spec: { scaleTargetRef: { name: 'x' }, triggers: [] } })).toEqual([])
    expect(await problemsOf({ ...scaled, spec: { scaleTargetRef: { name: 'x' } } })).toHaveLength(1)
  })
})

describe('unknownMembers', () => {
  it('finds a misspelt member that the schemas let pass', async () => {
    const misspelt = pod({ ...safe, terminationGracePeriodSecond: 30 })
    expect(await problemsOf(misspelt)).toEqual([])
    expect((await unknownMembers([pod(safe), misspelt])).join()).toContain('terminationGracePeriodSecond')
    expect(await unknownMembers([pod(safe)])).toEqual([])
  }, 60_000)
})

describe('securityProblems', () => {
  const container = safe.containers[0]
  const worse: [string, object][] = [
    ['runAsNonRoot', { ...safe, securityContext: { seccompProfile: { type: 'RuntimeDefault' } } }],
    ['seccompProfile', { ...safe, securityContext: { runAsNonRoot: true } }],
    ['user id', { ...safe, securityContext: { ...safe.securityContext, runAsUser: 1000 } }],
    ['API token', { ...safe, automountServiceAccountToken: true }],
    ['folder of the host', { ...safe, volumes: [{ name: 'x', hostPath: { path: '/' } }] }],
    [
      'writable root',
      {
        ...safe,
        containers: [
          { ...container, securityContext: { ...container?.securityContext, readOnlyRootFilesystem: false } },
        ],
      },
    ],
    [
      'Secret in its environment',
      { ...safe, containers: [{ ...container, env: [{ name: 'A', valueFrom: { secretKeyRef: {} } }] }] },
    ],
    [
      'capabilities',
      {
        ...safe,
        initContainers: [{ ...container, securityContext: { ...container?.securityContext, capabilities: {} } }],
      },
    ],
  ]
  it('finds nothing in a restricted pod', () => {
    expect(securityProblems(pod(safe))).toEqual([])
  })
  it.each(worse)('finds %s', (problem, spec) => {
    expect(securityProblems(pod(spec))).toEqual([expect.stringContaining(problem)])
  })
})
