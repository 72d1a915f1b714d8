import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRun } from './cache.js'
import type { RunFolder } from './cache.js'
import { launch, logFile, logTail } from './child.js'
import type { ChildSpec } from './child.js'
import { cleanStaleRuns, REAPER } from './stale-runs.js'

/** Far more than any process needs on an idle machine: several runs at once may share two cores. */
const READY_WITHIN_MS = 90_000
const POLL_MS = 20
const STOP_GRACE_MS = 8000

interface Child {
  readonly spec: ChildSpec
  process: ChildProcess
  exited: Promise<void>
  /** True while an end of this process is our own doing. */
  expected: boolean
}

/** Told when a process ends that nobody asked to end. */
export type UnexpectedExit = (name: string, how: string) => void

/** The processes of one run: starts them, knows when they serve, hurts them for fault tests, and ends them all. */
export class Supervisor {
  readonly run: RunFolder
  readonly #children = new Map<string, Child>()
  readonly #reaper: ChildProcess
  onUnexpectedExit: UnexpectedExit | undefined

  private constructor(run: RunFolder) {
    this.run = run
    this.#reaper = spawn(process.execPath, [REAPER, run.path], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
    this.#reaper.stdin?.on('error', () => undefined)
    const pipe: unknown = this.#reaper.stdin
    if (pipe instanceof Socket) pipe.unref()
    this.#reaper.unref()
  }

  /** A new run, after the leftovers of runs that died have been cleaned away. */
  static async open(): Promise<Supervisor> {
    await cleanStaleRuns()
    return new Supervisor(await createRun())
  }

  /**
   * Starts a process and waits until it serves.
   * @throws Error with the end of its log when it ends or does not serve in time.
   */
  async start(spec: ChildSpec): Promise<void> {
    if (this.#children.has(spec.name)) throw new Error(`${spec.name} runs already`)
    const child = this.#launch(spec)
    this.#children.set(spec.name, child)
    try {
      await this.#untilReady(child)
    } catch (error) {
      if (child.process.exitCode !== null) this.#children.delete(spec.name)
      throw error
    }
  }

  #launch(spec: ChildSpec): Child {
    const process = launch(this.run, spec)
    const child: Child = { spec, process, exited: Promise.resolve(), expected: false }
    child.exited = new Promise((resolve) => {
      process.once('error', () => resolve())
      process.once('exit', (code, signal) => {
        resolve()
        if (!child.expected) this.onUnexpectedExit?.(spec.name, signal ?? `status ${code ?? '?'}`)
      })
    })
    return child
  }

  async #untilReady({ spec, process, exited }: Child): Promise<void> {
    const state = { ended: false }
    void exited.then(() => (state.ended = true))
    const end = Date.now() + READY_WITHIN_MS
    for (;;) {
      if (state.ended)
        throw new Error(this.#why(spec.name, `ended at once (${process.signalCode ?? process.exitCode ?? '?'})`))
      if (await serves(spec)) return
      if (Date.now() > end) throw new Error(this.#why(spec.name, `is not ready after ${READY_WITHIN_MS / 1000} s`))
      await Promise.race([sleep(POLL_MS), exited])
    }
  }

  #why(name: string, what: string): string {
    return `${name} ${what}. Its log, ${logFile(this.run, name)}, ends with:\n${logTail(this.run, name) || '(nothing)'}`
  }

  names(): string[] {
    return [...this.#children.keys()]
  }

  pid(name: string): number {
    const { process } = this.#child(name)
    if (process.pid === undefined) throw new Error(`${name} has no process`)
    return process.pid
  }

  /** Sends any signal to one process, e.g. SIGSTOP to freeze it and SIGCONT to let it go on. */
  signal(name: string, signal: NodeJS.Signals): void {
    const child = this.#child(name)
    if (signal === 'SIGKILL' || signal === 'SIGTERM') child.expected = true
    child.process.kill(signal)
  }

  /** Ends one process at once, as a crash does, and waits until it is gone. */
  async kill(name: string): Promise<void> {
    this.signal(name, 'SIGKILL')
    await this.#child(name).exited
  }

  /** Ends one process in its own order; after a grace of 8 s it is killed. */
  async stop(name: string): Promise<void> {
    const child = this.#child(name)
    child.expected = true
    child.process.kill(child.spec.stopSignal ?? 'SIGTERM')
    child.process.kill('SIGCONT')
    const late = setTimeout(() => child.process.kill('SIGKILL'), STOP_GRACE_MS)
    await child.exited
    clearTimeout(late)
  }

  /** Starts a process again that was stopped or killed, with the same ports and data, and waits until it serves. */
  async startAgain(name: string): Promise<void> {
    this.launchAgain(name)
    await this.#untilReady(this.#child(name))
  }

  /** The same without waiting: for a process that cannot become ready yet, and should say so. */
  launchAgain(name: string): void {
    const { spec, process } = this.#child(name)
    if (process.exitCode === null && process.signalCode === null) throw new Error(`${name} still runs`)
    this.#children.set(name, this.#launch(spec))
  }

  async restart(name: string): Promise<void> {
    await this.stop(name)
    await this.startAgain(name)
  }

  /** Ends every process, the last started group first, and removes the run's folder unless its logs are wanted. */
  async close(order: readonly (readonly string[])[] = [this.names()], keepLogs = false): Promise<void> {
    for (const group of order) {
      await Promise.all(group.filter((name) => this.#children.has(name)).map((name) => this.stop(name)))
      for (const name of group) this.#children.delete(name)
    }
    if (this.names().length > 0) await this.close([this.names()], true)
    const doomed = keepLogs ? [this.run.data, this.run.secrets] : [this.run.path]
    await Promise.all(doomed.map((folder) => rm(folder, { recursive: true, force: true })))
    this.#reaper.stdin?.end('done')
  }

  #child(name: string): Child {
    const child = this.#children.get(name)
    if (child === undefined) throw new Error(`no process ${name}; there are ${this.names().join(', ')}`)
    return child
  }
}

async function serves(spec: ChildSpec): Promise<boolean> {
  try {
    return spec.ready === undefined || (await spec.ready(AbortSignal.timeout(1000)))
  } catch {
    return false
  }
}
