import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { versionOf } from './nats-version.js'

const run = promisify(execFile)
const GO_MODULE = 'github.com/nats-io/nats-server/v2@v2.15.2'
const DEFAULT_MIRROR = 'http://deb.debian.org/debian'
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
const FETCH_MS = 300_000

/** One way to get a nats-server: it leaves `nats-server-<version>` in `folder` and answers its path. */
export interface Fetcher {
  readonly name: string
  fetch(folder: string): Promise<string>
}

export const fetchers: readonly Fetcher[] = [
  { name: "Debian sid's package, by apt", fetch: (folder) => inScratch((scratch) => fromDebian(scratch, folder)) },
  { name: `go install ${GO_MODULE}`, fetch: (folder) => inScratch((scratch) => fromGo(scratch, folder)) },
]

async function inScratch(work: (scratch: string) => Promise<string>): Promise<string> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'tillit-nats-'))
  try {
    return await work(scratch)
  } finally {
    await run('chmod', ['-R', 'u+w', scratch]).catch(() => undefined)
    await rm(scratch, { recursive: true, force: true })
  }
}

// No root: apt gets its state, lists and cache in a folder of ours. Its signature check is the check of the download.
async function fromDebian(scratch: string, folder: string): Promise<string> {
  const dirs = ['state/lists/partial', 'cache/archives/partial', 'parts', 'root'].map((name) =>
    path.join(scratch, name),
  )
  await Promise.all(dirs.map((dir) => mkdir(dir, { recursive: true })))
  const mirror = mirrorOf(await aptSources())
  await writeFile(path.join(scratch, 'sources.list'), `deb [signed-by=${KEYRING}] ${mirror} sid main\n`)
  await writeFile(path.join(scratch, 'status'), '')
  const options = aptOptions(scratch)
  await run('apt-get', [...options, 'update'], { cwd: scratch, timeout: FETCH_MS })
  await run('apt-get', [...options, 'download', 'nats-server'], { cwd: scratch, timeout: FETCH_MS })
  const deb = (await readdir(scratch)).find((name) => name.endsWith('.deb'))
  if (deb === undefined) throw new Error('apt-get download left no package')
  await run('dpkg-deb', ['-x', deb, 'root'], { cwd: scratch })
  const places = ['usr/sbin', 'usr/bin'].map((place) => path.join(scratch, 'root', place, 'nats-server'))
  return keep(places, folder)
}

function aptOptions(scratch: string): string[] {
  const settings = {
    'Dir::State': path.join(scratch, 'state'),
    'Dir::State::Lists': path.join(scratch, 'state/lists'),
    'Dir::State::status': path.join(scratch, 'status'),
    'Dir::Cache': path.join(scratch, 'cache'),
    'Dir::Etc::SourceList': path.join(scratch, 'sources.list'),
    'Dir::Etc::SourceParts': path.join(scratch, 'parts'),
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
  }
  return ['-qq', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])]
}

async function aptSources(): Promise<string> {
  const folder = '/etc/apt/sources.list.d'
  const names = await readdir(folder).catch(() => [])
  const files = ['/etc/apt/sources.list', ...names.map((name) => path.join(folder, name))]
  return (await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')))).join('\n')
}

/** The Debian mirror that this machine already uses, in either format of its apt sources. */
export function mirrorOf(sources: string): string {
  const lines = sources.split('\n').filter((line) => /^\s*(deb\s|URIs:)/.test(line))
  const addresses = lines.flatMap((line) => line.match(/(?:https?|mirror\+file|file):\S+/g) ?? [])
  return addresses.find((address) => /\/debian\/?$/.test(address))?.replace(/\/$/, '') ?? DEFAULT_MIRROR
}

async function fromGo(scratch: string, folder: string): Promise<string> {
  const env = { ...process.env, GOBIN: scratch, GOFLAGS: '-trimpath', GOTOOLCHAIN: 'local', CGO_ENABLED: '0' }
  await run('go', ['install', GO_MODULE], { env, cwd: scratch, timeout: FETCH_MS })
  return keep([path.join(scratch, 'nats-server')], folder)
}

async function keep(places: string[], folder: string): Promise<string> {
  for (const place of places) {
    const version = await versionOf(place)
    if (version === undefined) continue
    const kept = path.join(folder, `nats-server-${version}`)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await copyFile(place, `${kept}.${process.pid}`)
    await chmod(`${kept}.${process.pid}`, 0o755)
    await rename(`${kept}.${process.pid}`, kept)
    return kept
  }
  throw new Error('what was fetched holds no nats-server that runs here')
}
