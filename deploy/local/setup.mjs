// `make setup`: everything that the other targets need, from a fresh clone. It runs on the system's Node (20 or newer)
// before anything is installed, so it imports nothing but node: modules and its own neighbours.
import { performance } from 'node:perf_hooks'
import { installDependencies } from './setup/dependencies.mjs'
import { checkMachine } from './setup/machine.mjs'
import { checkPinnedNode } from './setup/pinned-node.mjs'
import { buildAll } from './setup/build.mjs'
import { prepareServers } from './setup/servers.mjs'
import { step, Trouble } from './setup/step.mjs'

const started = performance.now()
try {
  await step('machine', checkMachine)
  await step('dependencies', installDependencies)
  await step('Node', checkPinnedNode)
  await step('build', buildAll)
  await step('servers', prepareServers)
  console.log(`Ready in ${((performance.now() - started) / 1000).toFixed(1)} s.`)
} catch (error) {
  if (!(error instanceof Trouble)) throw error
  console.error(`\n${error.message}\n`)
  process.exit(1)
}
