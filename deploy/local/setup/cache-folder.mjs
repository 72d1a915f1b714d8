import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'

/** The same folder as src/cache.ts uses, before there is a build. */
export function cacheFolder() {
  const base = process.env.XDG_CACHE_HOME || path.join(process.env.HOME || homedir(), '.cache')
  const folder = path.join(base, 'tillit')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}
