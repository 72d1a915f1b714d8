import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { ROOT, run } from './step.mjs'

export const PNPM = ['-y', 'pnpm@12.21.0']
const SOURCES = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml']
const STAMP = path.join(ROOT, 'node_modules/.tillit-installed')

/** Installs what the lockfile says, unless it is installed. */
export async function installDependencies(say) {
  const hash = createHash('sha256')
  for (const name of SOURCES) hash.update(readFileSync(path.join(ROOT, name)))
  const wanted = hash.digest('hex')
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return 'as the lockfile says'
  say('installing')
  await run('npx', [...PNPM, 'install', '--frozen-lockfile'], { env: { CI: 'true' } })
  writeFileSync(STAMP, wanted)
  return 'installed'
}
