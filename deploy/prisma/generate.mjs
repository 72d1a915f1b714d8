// `node ../../deploy/prisma/generate.mjs`, run in a service's folder: writes its Prisma client to src/store/generated.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { runPrisma } from './src/cli.mjs'

const cwd = process.cwd()
const generated = path.join(cwd, 'src/store/generated')
const stamp = path.join(generated, '.made-from')
const own = new URL('package.json', import.meta.url)
const sources = [path.join(cwd, 'prisma/schema.prisma'), own].map((file) => readFileSync(file))
const wanted = sources.reduce((hash, bytes) => hash.update(bytes), createHash('sha256')).digest('hex')

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  rmSync(generated, { recursive: true, force: true })
  // `generate` reads no database, yet the CLI insists on having a schema engine. It must never migrate with this one.
  const code = await runPrisma(['generate', '--no-hints'], { cwd, engine: '/bin/true', quiet: true })
  if (code !== 0) process.exit(code)
  writeFileSync(stamp, wanted)
}
