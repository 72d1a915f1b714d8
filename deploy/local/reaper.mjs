// Ends a run whose supervisor is gone. It is started with the run's folder and holds the reading end of a pipe to the
// supervisor: when that pipe closes, however the supervisor ended, what is left of the run is ended and its folder removed.
// `--now` does the same at once, for runs that an earlier machine or reaper left behind.
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const GRACE_MS = 4000
const [folder, when] = process.argv.slice(2)
const run = path.basename(folder)

function startTimeOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

// The pid files name the processes; the variable in the environment finds those whose file was not written in time.
function recorded() {
  try {
    const pids = path.join(folder, 'pids')
    const files = readdirSync(pids).map((name) => JSON.parse(readFileSync(path.join(pids, name), 'utf8')))
    return files.filter(({ pid, startTime }) => startTimeOf(pid) === startTime)
  } catch {
    return []
  }
}

function marked() {
  const mark = `TILLIT_RUN=${run}`
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
  return pids.filter((pid) => environmentOf(pid).split('\0').includes(mark)).map(Number)
}

function environmentOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8')
  } catch {
    return ''
  }
}

function signal(pid, name) {
  try {
    process.kill(pid, name)
  } catch {
    // It ended in the meantime, which is what we want.
  }
}

async function sweep() {
  for (const { pid, stopSignal } of recorded()) {
    signal(pid, stopSignal)
    signal(pid, 'SIGCONT')
  }
  for (const end = Date.now() + GRACE_MS; recorded().length > 0 && Date.now() < end;) await sleep(50)
  for (let left = marked(); left.length > 0; left = marked()) {
    for (const pid of left) signal(pid, 'SIGKILL')
    await sleep(50)
  }
  rmSync(folder, { recursive: true, force: true })
}

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => {})
if (when === '--now') await sweep()
else {
  // A byte on the pipe means that the supervisor ended the run itself, in order: nothing is left to do.
  let dismissed = false
  process.stdin.on('data', () => (dismissed = true))
  process.stdin.on('error', () => {})
  process.stdin.on('close', () => (dismissed ? process.exit(0) : void sweep().then(() => process.exit(0))))
}
