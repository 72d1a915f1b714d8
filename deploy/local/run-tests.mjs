// node deploy/local/run-tests.mjs <jest project>...: each project in its own jest, results for .ci/count.mjs, all of them
// even when one fails. Suites that start their own constellation run one by one: two cores must not be their fault.
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const RESULTS = path.join(ROOT, '.jest-results')
const NODE_FLAGS = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning']
const JEST = path.join(ROOT, 'node_modules/jest/bin/jest.js')
const workers = (project) => (project === 'unit' ? '--maxWorkers=2' : '--runInBand')

mkdirSync(RESULTS, { recursive: true })
const failed = process.argv.slice(2).filter((project) => {
  console.log(`\n--- ${project}`)
  const results = ['--json', `--outputFile=${path.join(RESULTS, `${project}.json`)}`]
  const args = [...NODE_FLAGS, JEST, '--selectProjects', project, workers(project), ...results]
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' })
  return status !== 0
})
if (failed.length > 0) console.error(`\nfailed: ${failed.join(', ')}`)
process.exitCode = failed.length > 0 ? 1 : 0
