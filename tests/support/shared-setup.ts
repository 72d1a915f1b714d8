import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { SHARED, startShared } from './constellation.js'

/** Jest's global setup of a project: one constellation for all its suites. */
export default async function setup(): Promise<void> {
  const { description, stop, folder } = await startShared()
  const file = path.join(folder, 'shared.json')
  writeFileSync(file, JSON.stringify(description), { mode: 0o600 })
  process.env[SHARED] = file
  ;(globalThis as Record<string, unknown>)['stopSharedConstellation'] = stop
}
