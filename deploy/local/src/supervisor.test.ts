import { afterEach, describe, expect, it } from '@jest/globals'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ChildSpec } from './child.js'
import { identityOf } from './process-identity.js'
import { cleanStaleRuns } from './stale-runs.js'
import { Supervisor } from './supervisor.js'

const DIST = path.join(import.meta.dirname, '..', 'dist')
const open: Supervisor[] = []

async function supervisor(): Promise<Supervisor> {
  const one = await Supervisor.open()
  open.push(one)
  return one
}
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

/** A process that writes a file when it serves and another when it was asked to end. */
function dummy(folder: string, { name = 'dummy', extra = '' } = {}): ChildSpec {
  const served = path.join(folder, `${name}.served`)
  const script = `const fs = require('node:fs')
    process.on('SIGTERM', () => { fs.writeFileSync(${JSON.stringify(path.join(folder, `${name}.ended`))}, ''); process.exit(0) })
    ${extra}
    fs.writeFileSync(${JSON.stringify(served)}, ''); setInterval(() => {}, 1000)`
  return {
    name,
    command: process.execPath,
    args: ['-e', script],
    env: {},
    ready: () => Promise.resolve(existsSync(served)),
  }
}

async function until(check: () => boolean, ms = 15_000): Promise<void> {
  for (const end = Date.now() + ms; !check(); await new Promise((resolve) => setTimeout(resolve, 20)))
    if (Date.now() > end) throw new Error('did not come about')
}

describe('the supervisor', () => {
  it('starts, stops in order, starts again, and removes its folder', async () => {
    const one = await supervisor()
    await one.start(dummy(one.run.data))
    expect(identityOf(one.pid('dummy'))).toBeDefined()
    expect(readdirSync(one.run.pids)).toEqual(['dummy.json'])
    const first = one.pid('dummy')
    await one.restart('dummy')
    expect(one.pid('dummy')).not.toBe(first)
    expect(existsSync(path.join(one.run.data, 'dummy.ended'))).toBe(true)
    const last = one.pid('dummy')
    await one.close()
    expect(identityOf(last)).toBeUndefined()
    expect(existsSync(one.run.path)).toBe(false)
  })

  it('freezes, lets go on, kills; only what nobody asked for is unexpected', async () => {
    const one = await supervisor()
    const unexpected: string[] = []
    one.onUnexpectedExit = (name, how) => unexpected.push(`${name} ${how}`)
    await one.start(dummy(one.run.data))
    one.signal('dummy', 'SIGSTOP')
    await until(() => readFileSync(`/proc/${one.pid('dummy')}/stat`, 'utf8').includes(') T '))
    await one.stop('dummy')
    await one.startAgain('dummy')
    await one.kill('dummy')
    expect(unexpected).toEqual([])
    one.launchAgain('dummy')
    process.kill(one.pid('dummy'), 'SIGKILL')
    await until(() => unexpected.length > 0)
    expect(unexpected).toEqual(['dummy SIGKILL'])
  })

  it('says why a process did not start', async () => {
    const one = await supervisor()
    const failing = dummy(one.run.data, { extra: "console.error('PORT is missing'); process.exit(78)" })
    await expect(one.start(failing)).rejects.toThrow(/dummy ended at once \(78\)[^]*PORT is missing/)
  })

  it('leaves nothing behind when it is killed, not even frozen or unwilling children', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'a killed supervisor '))
    const script = `import { Supervisor } from ${JSON.stringify(path.join(DIST, 'supervisor.js'))}
      import { writeFileSync } from 'node:fs'
      const one = await Supervisor.open()
      const child = (name, code) => one.start({ name, command: process.execPath, args: ['-e', code + ';setInterval(() => {}, 1000)'], env: {} })
      await child('willing', '')
      await child('unwilling', "process.on('SIGTERM', () => {})")
      await child('frozen', '')
      one.signal('frozen', 'SIGSTOP')
      const pids = one.names().map((name) => one.pid(name))
      writeFileSync(${JSON.stringify(path.join(folder, 'it.json'))}, JSON.stringify({ pids, run: one.run.path }))`
    const file = path.join(folder, 'it.mjs')
    writeFileSync(file, script)
    const process_ = spawn(process.execPath, [file], { stdio: 'inherit' })
    const told = path.join(folder, 'it.json')
    await until(() => existsSync(told) && readFileSync(told, 'utf8').endsWith('}'))
    const { pids, run } = JSON.parse(readFileSync(told, 'utf8')) as { pids: number[]; run: string }
    expect(pids.every((pid) => identityOf(pid) !== undefined)).toBe(true)
    process_.kill('SIGKILL')
    await until(() => pids.every((pid) => identityOf(pid) === undefined) && !existsSync(run))
    rmSync(folder, { recursive: true })
  }, 30_000)
})

describe('stale runs', () => {
  it('are cleaned when their owner is gone, and left alone while it lives', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'runs '))
    const living = { pid: process.pid, startTime: identityOf(process.pid)?.startTime }
    const owners = { dead: { pid: process.pid, startTime: '1' }, living, '.unfinished': undefined }
    for (const [name, owner] of Object.entries(owners)) {
      mkdirSync(path.join(folder, name, 'pids'), { recursive: true })
      if (owner) writeFileSync(path.join(folder, name, 'owner.json'), JSON.stringify(owner))
    }
    const left = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { env: { TILLIT_RUN: 'dead' } })
    expect(await cleanStaleRuns(folder)).toEqual(['dead'])
    expect(readdirSync(folder).sort()).toEqual(['.unfinished', 'living'])
    await until(() => left.signalCode === 'SIGKILL')
    rmSync(folder, { recursive: true })
  })
})
