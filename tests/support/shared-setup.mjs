import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { SHARED, startShared } from './constellation.ts'

/** Jest's global setup of a project: one constellation for all its suites. Runs outside jest's own module system. */
export default async function setup() {
  const { description, stop, folder } = await startShared()
  const file = path.join(folder, 'shared.json')
  writeFileSync(file, JSON.stringify(description), { mode: 0o600 })
  process.env[SHARED] = file
  globalThis.stopSharedConstellation = stop
}
