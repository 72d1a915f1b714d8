// `make bench`: Tillit beside npm oidc-provider, alternating, against every target of the table below. Writes
// docs/performance.md. `--quick` takes fewer tokens and writes nothing.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { rssMegabytes } from './cpu.ts'
import { median } from './load.ts'
import { measure, threeVerifies, type Run, type System } from './measure.ts'
import { startPeer } from './peer-system.ts'
import { countReplays } from './replays.ts'
import { printTable, writeReport, type Row } from './report.ts'
import { makeClients } from './requests.ts'
import { startTillit } from './tillit-system.ts'

const quick = process.argv.includes('--quick')
const ROUNDS = 3
const COUNT = quick ? 1_500 : 6_000
const RSS_TOKENS = quick ? 5_000 : 100_000
const WARM_UP = quick ? 500 : 3_000
const clients = makeClients(20)

interface Comparison {
  readonly connections: number
  readonly ours: readonly Run[]
  readonly peer: readonly Run[]
  /** Token process's CPU per token over three bare verifications, sampled around each run. */
  readonly overVerifies: readonly number[]
}

const say = (text: string): void => void process.stderr.write(`${text}\n`)
const fixed = (value: number, digits = 2): string => value.toFixed(digits)

/** A B A B A B at one load. */
async function alternate(ours: System, peer: System, connections: number): Promise<Comparison> {
  const result = { connections, ours: [] as Run[], peer: [] as Run[], overVerifies: [] as number[] }
  for (let round = 1; round <= ROUNDS; round += 1) {
    const before = threeVerifies()
    const own = await measure(ours, clients, { count: COUNT, connections })
    const verifies = (before + threeVerifies()) / 2
    const other = await measure(peer, clients, { count: COUNT, connections })
    result.ours.push(own)
    result.peer.push(other)
    result.overVerifies.push((own.cpu['token'] ?? 0) / verifies)
    say(
      `  ${ours.name}, ${connections} connections, round ${round}: ${fixed(own.total, 0)} µs against ${fixed(other.total, 0)} µs a token`,
    )
  }
  return result
}

const of = (runs: readonly Run[], pick: (run: Run) => number): number => median(runs.map(pick))
const cpuRatio = (c: Comparison): number => median(c.ours.map((run, i) => (c.peer[i] as Run).total / run.total))
const p99Ratio = (c: Comparison): number => median(c.ours.map((run, i) => run.p99 / (c.peer[i] as Run).p99))

function runRow(name: string, connections: number, runs: readonly Run[]): string[] {
  const roles = Object.keys(runs[0]?.cpu ?? {})
  const parts = roles
    .map(
      (role) =>
        `${role} ${fixed(
          of(runs, (run) => run.cpu[role] ?? 0),
          0,
        )}`,
    )
    .join(', ')
  return [
    name,
    String(connections),
    fixed(
      of(runs, (r) => r.tokensPerSecond),
      0,
    ),
    fixed(
      of(runs, (r) => r.total),
      0,
    ),
    parts,
    fixed(
      of(runs, (r) => r.p50),
      1,
    ),
    fixed(
      of(runs, (r) => r.p99),
      1,
    ),
  ]
}

const rows: Row[] = []
const runs: string[][] = []
const atLeast = (figure: string, value: number, must: number): void =>
  void rows.push({ figure, measured: fixed(value), must: `>= ${must}`, met: value >= must })
const atMost = (figure: string, value: number, must: number): void =>
  void rows.push({ figure, measured: fixed(value), must: `<= ${must}`, met: value <= must })
const exactly = (figure: string, value: number, must: number): void =>
  void rows.push({ figure, measured: String(value), must: String(must), met: value === must })

const peer = await startPeer(clients)
try {
  for (const syncAlways of [false, true]) {
    say(`Tillit with sync_interval ${syncAlways ? 'always' : 'default'}, beside oidc-provider`)
    const ours = await startTillit(clients, { syncAlways })
    try {
      await measure(ours, clients, { count: WARM_UP, connections: 16 })
      await measure(peer, clients, { count: WARM_UP, connections: 16 })
      const suffix = syncAlways ? ', sync always' : ''
      for (const connections of syncAlways ? [16] : [16, 64]) {
        const c = await alternate(ours, peer, connections)
        runs.push(runRow(ours.name, connections, c.ours), runRow(peer.name, connections, c.peer))
        const must = syncAlways ? 1.5 : connections === 16 ? 1.8 : 2.1
        atLeast(
          `CPU per token, oidc-provider / Tillit (token + signing-key + nats-server), ${connections} connections${suffix}`,
          cpuRatio(c),
          must,
        )
        if (connections !== 16) continue
        atMost(`p99, Tillit / oidc-provider, 16 connections${suffix}`, p99Ratio(c), syncAlways ? 0.75 : 0.6)
        if (!syncAlways)
          atMost('CPU per token of the token process / three bare verifications', median(c.overVerifies), 2)
      }
      if (!syncAlways) {
        say('replays')
        const replays = await countReplays(ours, clients, quick ? 400 : 2_000)
        exactly('replays accepted: a whole file sent again', replays.wholeFile, 0)
        exactly('replays accepted: 40 requests x 16 copies at once', replays.concurrent, 40)
        exactly('replays accepted: a proof under a fresh assertion', replays.proofs, 0)
        say(`memory over ${RSS_TOKENS} tokens`)
        const batch = 10_000
        for (let done = 0; done < RSS_TOKENS; done += batch)
          await measure(ours, clients, { count: Math.min(batch, RSS_TOKENS - done), connections: 16 })
        for (const role of ['token', 'signing-key']) {
          const [pid] = ours.pids[role] ?? []
          atMost(`RSS of ${role} after ${RSS_TOKENS} tokens, MB`, rssMegabytes(pid as number), 150)
        }
      }
    } finally {
      await ours.stop()
    }
  }

  say('two token processes against one')
  const two = await startTillit(clients, { tokens: 2, syncAlways: false })
  try {
    await measure(two, clients, { count: WARM_UP, connections: 16 })
    const both: Run[] = []
    for (let round = 0; round < ROUNDS; round += 1)
      both.push(await measure(two, clients, { count: COUNT, connections: 16 }))
    runs.push(runRow('Tillit, two token processes', 16, both))
    const one = Number(runs[0]?.[3])
    atMost('CPU per token, two token processes / one', of(both, (run) => run.total) / one, 1.1)
    const replays = await countReplays(two, clients, quick ? 400 : 2_000)
    exactly('replays accepted across two processes: a whole file sent again', replays.wholeFile, 0)
    exactly('replays accepted across two processes: 40 requests x 16 copies at once', replays.concurrent, 40)
  } finally {
    await two.stop()
  }

  say('10 and 10,000 registered clients')
  const perClients: number[] = []
  for (const count of [10, quick ? 1_000 : 10_000]) {
    const many = makeClients(count)
    const system = await startTillit(many, { syncAlways: false })
    try {
      await measure(system, many, { count: Math.max(WARM_UP, count), connections: 16 })
      const measured: Run[] = []
      for (let round = 0; round < ROUNDS; round += 1)
        measured.push(await measure(system, many, { count: Math.max(COUNT, count), connections: 16 }))
      perClients.push(of(measured, (run) => run.total))
      runs.push(runRow(`Tillit, ${count} clients`, 16, measured))
    } finally {
      await system.stop()
    }
  }
  atMost(
    'CPU per token, 10,000 registered clients / 10, uniform access',
    (perClients[1] ?? Number.NaN) / (perClients[0] ?? Number.NaN),
    1.15,
  )
} finally {
  await peer.stop()
}

console.log(`\n${printTable(rows)}\n`)
if (!quick) {
  const root = path.join(import.meta.dirname, '..', '..')
  const pinned = JSON.parse(readFileSync(path.join(root, 'bench', 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>
  }
  writeReport(path.join(root, 'docs', 'performance.md'), {
    rows,
    runs,
    versions: {
      'Node.js': process.version,
      'oidc-provider': String(pinned.devDependencies['oidc-provider']),
      'nats-server': natsVersion(),
    },
    notes:
      'A figure that is not met is a fact about this commit and this machine, not a rounding error: it is left standing until it is mended.',
  })
  console.log('written: docs/performance.md')
}

function natsVersion(): string {
  try {
    const cache = path.join(
      process.env['XDG_CACHE_HOME'] ?? path.join(process.env['HOME'] ?? '', '.cache'),
      'tillit',
      'bin',
      'nats-server',
    )
    return execFileSync(process.env['NATS_SERVER_BIN'] ?? cache, ['--version'], { encoding: 'utf8' })
      .replace(/^.*v/, '')
      .trim()
  } catch {
    return 'of the machine'
  }
}
