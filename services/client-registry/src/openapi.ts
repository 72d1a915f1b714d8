import { readFile, writeFile } from 'node:fs/promises'
import { openapiDocument } from './openapi-document.js'

/** `node dist/openapi.js` writes openapi.json; `--check` fails when the committed one differs. */
const file = new URL('../openapi.json', import.meta.url)
const text = `${JSON.stringify(await openapiDocument(), undefined, 2)}\n`
if (!process.argv.includes('--check')) await writeFile(file, text)
else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
  process.stderr.write('services/client-registry/openapi.json differs from the routes: run make gen\n')
  process.exitCode = 1
}
