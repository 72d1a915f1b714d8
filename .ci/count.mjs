// Adds up what jest wrote with --json under .jest-results and prints the closing line. No result at all is a failure.
import { existsSync, readdirSync, readFileSync } from 'node:fs'

const folder = new URL('../.jest-results/', import.meta.url)
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : []
let passed = 0
let failed = 0
for (const file of files) {
  const result = JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
  passed += result.numPassedTests
  failed += result.numFailedTests + result.numRuntimeErrorTestSuites
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
