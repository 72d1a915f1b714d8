import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { RunFolder } from './cache.js'
import { identityOf } from './process-identity.js'

/** One process of a run, as the supervisor needs to know it to start it again. */
export interface ChildSpec {
  /** Unique in its run, e.g. `token-1`. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Another user to run as; only root may say so. */
  readonly runAs?: { uid: number; gid: number } | undefined
  /** What asks this process to end; PostgreSQL's quick but clean end is SIGINT. */
  readonly stopSignal?: NodeJS.Signals
  /** Throws, or answers false, as long as the process does not serve. */
  readonly ready?: (signal: AbortSignal) => Promise<boolean>
}

/** Every process of a run carries this variable, also the grandchildren: so a run can be swept without its parent. */
export const RUN_VARIABLE = 'TILLIT_RUN'

/** What the reaper reads: whom to end, how. One file per process under `pids/`. */
export interface PidFile {
  readonly name: string
  readonly pid: number
  readonly startTime: string
  readonly stopSignal: NodeJS.Signals
}

export const logFile = (run: RunFolder, name: string): string => path.join(run.logs, `${name}.log`)
const pidFile = (run: RunFolder, name: string): string => path.join(run.pids, `${name}.json`)

/** Starts a process with its log and pid file, in a session of its own: Ctrl-C reaches the supervisor only. */
export function launch(run: RunFolder, spec: ChildSpec): ChildProcess {
  const log = openSync(logFile(run, spec.name), 'a', 0o600)
  const env = { PATH: process.env['PATH'], LD_LIBRARY_PATH: process.env['LD_LIBRARY_PATH'], [RUN_VARIABLE]: run.id }
  const child = spawn(spec.command, spec.args, {
    cwd: spec.cwd ?? run.path,
    env: { ...env, ...spec.env },
    stdio: ['ignore', log, log],
    detached: true,
    ...spec.runAs,
  })
  closeSync(log)
  if (child.pid !== undefined) {
    const { startTime = '' } = identityOf(child.pid) ?? {}
    const record: PidFile = { name: spec.name, pid: child.pid, startTime, stopSignal: spec.stopSignal ?? 'SIGTERM' }
    writeFileSync(pidFile(run, spec.name), JSON.stringify(record), { mode: 0o600 })
    child.once('exit', () => rmSync(pidFile(run, spec.name), { force: true }))
  }
  return child
}

const LINE_LENGTH = 400

/** The last lines of a process's log, for an error that a person reads. */
export function logTail(run: RunFolder, name: string, lines = 8): string {
  try {
    const all = readFileSync(logFile(run, name), 'utf8').trimEnd().split('\n')
    return all
      .slice(-lines)
      .map((line) => line.slice(0, LINE_LENGTH))
      .join('\n')
  } catch {
    return ''
  }
}
