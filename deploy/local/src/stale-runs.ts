import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { runsFolder } from './cache.js'
import { isSame } from './process-identity.js'
import type { ProcessIdentity } from './process-identity.js'

export const REAPER = path.join(import.meta.dirname, '..', 'reaper.mjs')
const HOUR_MS = 3_600_000

/** Ends and removes the runs whose supervisor is gone and whose reaper was killed too, and folders never finished. */
export async function cleanStaleRuns(folder = runsFolder()): Promise<string[]> {
  const names = await readdir(folder)
  const cleaned = await Promise.all(names.map((name) => cleanIfStale(path.join(folder, name))))
  return names.filter((_, index) => cleaned[index])
}

async function cleanIfStale(run: string): Promise<boolean> {
  const owner = await ownerOf(run)
  if (owner !== undefined ? isSame(owner) : await isYoung(run)) return false
  if (owner === undefined) await rm(run, { recursive: true, force: true })
  else await once(spawn(process.execPath, [REAPER, run, '--now'], { stdio: 'ignore' }), 'close')
  return true
}

async function ownerOf(run: string): Promise<ProcessIdentity | undefined> {
  if (path.basename(run).startsWith('.')) return undefined
  try {
    return JSON.parse(await readFile(path.join(run, 'owner.json'), 'utf8')) as ProcessIdentity
  } catch {
    return undefined
  }
}

async function isYoung(run: string): Promise<boolean> {
  const found = await stat(run).catch(() => undefined)
  return found !== undefined && Date.now() - found.mtimeMs < HOUR_MS
}
