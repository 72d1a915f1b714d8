// node deploy/charts/charts.mjs [check|generate]: a wrapper that tells what is missing before the checks are built.
import { existsSync } from 'node:fs'

const main = new URL('dist/main.js', import.meta.url)
const [command = 'check'] = process.argv.slice(2)
if (!['check', 'generate'].includes(command)) {
  process.stderr.write('usage: node deploy/charts/charts.mjs [check|generate]\n')
  process.exit(2)
}
if (!existsSync(main)) {
  process.stderr.write('deploy/charts is not built: run make setup, or pnpm build\n')
  process.exit(1)
}
await import(main.href)
