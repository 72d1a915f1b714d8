import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { PNPM } from './dependencies.mjs'
import { ROOT, run } from './step.mjs'

const WORKSPACES = ['packages', 'services', 'deploy']
const INPUTS = ['src', 'prisma', 'package.json', 'tsconfig.json']
const STAMP = path.join(ROOT, 'node_modules/.tillit-built')
const QUIET = { TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', TURBO_NO_UPDATE_NOTIFIER: '1' }

/** Builds every package. Turbo knows what changed, but takes a second to be asked: a stamp answers quicker. */
export async function buildAll(say) {
  const wanted = fingerprint()
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return 'up to date'
  say('generating and compiling')
  const args = ['turbo', 'run', 'build', '--filter=@tillit/*', '--output-logs=errors-only', '--concurrency=2']
  await run('npx', [...PNPM, 'exec', ...args], { env: QUIET })
  writeFileSync(STAMP, fingerprint())
  return 'built'
}

/** Names, sizes and times of everything that goes into a build, and whether its results stand. */
function fingerprint() {
  const hash = createHash('sha256').update(readFileSync(path.join(ROOT, 'tsconfig.base.json')))
  for (const folder of WORKSPACES.flatMap((name) => packagesIn(path.join(ROOT, name)))) {
    for (const input of INPUTS) for (const file of filesIn(path.join(folder, input))) hash.update(describe(file))
    hash.update(`${folder} ${existsSync(path.join(folder, 'dist'))}`)
  }
  return hash.digest('hex')
}

const packagesIn = (folder) =>
  readdirSync(folder)
    .map((name) => path.join(folder, name))
    .sort()

function filesIn(place) {
  if (!existsSync(place)) return []
  if (statSync(place).isFile()) return [place]
  const found = readdirSync(place, { withFileTypes: true, recursive: true })
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
}

function describe(file) {
  const { size, mtimeMs } = statSync(file)
  return `${file} ${size} ${mtimeMs}\n`
}
