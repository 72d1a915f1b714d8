import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const PNPM = 'pnpm@12.21.0'
const ROOMS = ['packages', 'services', 'deploy']

/**
 * Installs the production dependencies of the workspace packages in `stage`, from the repository's lockfile and nothing
 * else. The lockfile is cut down to those packages first, since pnpm refuses one that names more than there is.
 * @param {string} repository
 * @param {string} stage a folder with packages/, services/ or deploy/ laid out as in the repository
 */
export function installProduction(repository, stage) {
  const importers = ROOMS.flatMap((room) => packagesIn(stage, room))
  writeFileSync(path.join(stage, 'package.json'), '{"name":"tillit","private":true,"type":"module"}\n')
  writeFileSync(path.join(stage, 'pnpm-workspace.yaml'), workspaceFile(repository, importers))
  writeFileSync(path.join(stage, 'pnpm-lock.yaml'), cutLockfile(repository, importers))
  const args = [
    '-y',
    PNPM,
    'install',
    '--prod',
    // An optional peer counts as optional: without this, the Prisma client brings the CLI and the compiler along.
    '--no-optional',
    '--frozen-lockfile',
    '--prefer-offline',
    '--ignore-scripts',
    // Not linked to the store: build.sh sets the modes of what is laid out.
    '--package-import-method=copy',
    '--reporter=append-only',
  ]
  execFileSync('npx', args, {
    cwd: stage,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, CI: 'true' },
  })
}

const packagesIn = (stage, room) =>
  existsSync(path.join(stage, room))
    ? readdirSync(path.join(stage, room))
        .map((name) => `${room}/${name}`)
        .filter((folder) => existsSync(path.join(stage, folder, 'package.json')))
    : []

/** The repository's settings with another list of packages. */
function workspaceFile(repository, importers) {
  const settings = readFileSync(path.join(repository, 'pnpm-workspace.yaml'), 'utf8')
  const list = importers.map((importer) => `  - ${importer}\n`).join('')
  return settings.replace(/^packages:\n( +- .*\n)+/m, `packages:\n${list}`)
}

/** `importers:` of the lockfile is a map with one block of deeper lines per package folder. */
function cutLockfile(repository, importers) {
  const text = readFileSync(path.join(repository, 'pnpm-lock.yaml'), 'utf8')
  const start = text.indexOf('\nimporters:\n') + '\nimporters:\n'.length
  const end = text.indexOf('\npackages:\n')
  const blocks = text.slice(start, end).split(/\n(?= {2}\S)/)
  const kept = blocks.map((block) => block.trimEnd()).filter((block) => importers.includes(keyOf(block)))
  return `${text.slice(0, start)}\n  .: {}\n\n${kept.map((block) => block.replace(/^\n/, '')).join('\n\n')}\n${text.slice(end)}`
}

const keyOf = (block) => /^\s*'?([^:']+)'?:/.exec(block)?.[1]
