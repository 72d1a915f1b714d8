import { createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto'
import { cpuMicroseconds } from './cpu.ts'
import { load, percentile } from './load.ts'
import { makeRequests, type BenchClient, type Target } from './requests.ts'

/** A system under measurement: where its token endpoint listens and which processes make it up. */
export interface System {
  readonly name: string
  readonly ports: readonly number[]
  /** Process ids by role, e.g. `token`, `signing-key`, `nats`. */
  readonly pids: Readonly<Record<string, readonly number[]>>
  readonly target: Omit<Target, 'nonce'>
  stop(): Promise<void>
}

export interface Run {
  readonly tokens: number
  readonly tokensPerSecond: number
  /** Microseconds of CPU per token, by role and in total. */
  readonly cpu: Readonly<Record<string, number>>
  readonly total: number
  readonly p50: number
  readonly p99: number
}

/** A nonce that holds for the next minute, obtained as any client does: by being challenged. */
export async function challengeNonce(system: System, clients: readonly BenchClient[]): Promise<string> {
  const target: Target = { ...system.target, nonce: undefined }
  const { sampleFailure } = await load(system.ports[0] as number, makeRequests(clients.slice(0, 1), target, 1), 1)
  const nonce = /\r\ndpop-nonce: *([^\r]+)/i.exec(sampleFailure ?? '')?.[1]
  if (nonce === undefined) throw new Error(`${system.name} sent no DPoP-Nonce:\n${sampleFailure ?? ''}`)
  return nonce
}

/** Signs `count` requests off the clock, then sends them; every answer must be a token. */
export async function measure(
  system: System,
  clients: readonly BenchClient[],
  plan: { count: number; connections: number },
): Promise<Run> {
  const target: Target = { ...system.target, nonce: await challengeNonce(system, clients) }
  const requests = makeRequests(clients, target, plan.count)
  const before = sample(system)
  const shares = system.ports.map((port, i) =>
    load(
      port,
      requests.filter((_, n) => n % system.ports.length === i),
      plan.connections / system.ports.length,
    ),
  )
  const results = await Promise.all(shares)
  const after = sample(system)
  for (const { statuses, sampleFailure } of results) {
    if (sampleFailure !== undefined)
      throw new Error(`${system.name} refused a request: ${JSON.stringify([...statuses])}\n${sampleFailure}`)
  }
  const latencies = Float64Array.from(results.flatMap(({ latencies }) => [...latencies])).sort()
  const cpu = Object.fromEntries(
    Object.keys(system.pids).map((role) => [role, ((after[role] ?? 0) - (before[role] ?? 0)) / plan.count]),
  )
  return {
    tokens: plan.count,
    tokensPerSecond: plan.count / Math.max(...results.map(({ seconds }) => seconds)),
    cpu,
    total: Object.values(cpu).reduce((sum, one) => sum + one, 0),
    p50: percentile(latencies, 50),
    p99: percentile(latencies, 99),
  }
}

const sample = (system: System): Record<string, number> =>
  Object.fromEntries(
    Object.entries(system.pids).map(([role, pids]) => [role, pids.reduce((sum, pid) => sum + cpuMicroseconds(pid), 0)]),
  )

/** CPU of three bare ES256 verifications with cached keys, in microseconds: what no token process can save. */
export function threeVerifies(rounds = 3000): number {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = { key: createPublicKey(privateKey), dsaEncoding: 'ieee-p1363' as const }
  const data = randomBytes(700)
  const signature = sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' })
  for (let i = 0; i < 300; i += 1) verify('sha256', data, key, signature)
  const before = process.cpuUsage()
  for (let i = 0; i < rounds; i += 1) verify('sha256', data, key, signature)
  const used = process.cpuUsage(before)
  return ((used.user + used.system) / rounds) * 3
}
