import { readFile, writeFile } from 'node:fs/promises'
import { allPermissions } from './permissions.js'

const target = new URL('../permissions.json', import.meta.url)
const generated = `${JSON.stringify(allPermissions(), undefined, 2)}\n`

if (process.argv.includes('--check')) {
  const committed = await readFile(target, 'utf8').catch(() => '')
  if (committed !== generated) {
    console.error('deploy/nats/permissions.json does not follow from packages/events. Run `make gen` and commit it.')
    process.exitCode = 1
  }
} else {
  await writeFile(target, generated)
}
