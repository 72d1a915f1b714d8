// `make check`: everything that can be known without running the product. All checks run; the failed ones are named.
import { existsSync } from 'node:fs'
import path from 'node:path'
import { ROOT, run, step } from './setup/step.mjs'

const bin = (name) => path.join(ROOT, 'node_modules/.bin', name)
const TSC = path.join(ROOT, 'node_modules/@typescript/native/bin/tsc')
const sources = ['packages', 'services', 'deploy'].filter((name) => existsSync(path.join(ROOT, name)))
const node = (...args) => run(process.execPath, args)

// A build leaves the tests out, so the types of everything together are checked here.
const EVERYTHING = 'tsconfig.check.json'

const generated = [
  ['deploy/nats/dist/generate.js', '--check'],
  ['services/client-registry/dist/openapi.js', '--check'],
].filter(([script]) => existsSync(path.join(ROOT, script)))

const checks = {
  format: () => run(bin('prettier'), ['--check', '--log-level', 'warn', '.']),
  lint: () => run(bin('eslint'), ['.', '--max-warnings', '0']),
  types: () => node(TSC, '-p', EVERYTHING, '--noEmit'),
  imports: () => run(bin('depcruise'), ['--config', '.dependency-cruiser.cjs', ...sources]),
  generated: async () => {
    for (const script of generated) await node(...script)
  },
}

const failed = []
for (const [name, check] of Object.entries(checks)) {
  try {
    await step(name, () => check().then(() => 'ok'))
  } catch (error) {
    failed.push(name)
    console.error(`\n${error.message}\n`)
  }
}
if (failed.length > 0) console.error(`failed: ${failed.join(', ')}`)
process.exitCode = failed.length > 0 ? 1 : 0
