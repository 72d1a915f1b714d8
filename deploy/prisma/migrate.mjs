// node deploy/prisma/migrate.mjs <service> deploy|status|dev|reset|diff [arguments of `prisma migrate`]
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { runPrisma, STAND_IN } from './src/cli.mjs'
import { withoutPassword } from './src/connection.mjs'

const USAGE = `usage: node deploy/prisma/migrate.mjs <service> deploy|status|dev|reset|diff|resolve [arguments]

<service> is a folder of services/, or a path to a folder with prisma/schema.prisma and prisma.config.mjs.
MIGRATION_DATABASE_URL, or else DATABASE_URL, names the database; its role must own the schema.
`
const COMMANDS = new Set(['deploy', 'status', 'dev', 'reset', 'diff', 'resolve'])

function serviceFolder(name) {
  const inServices = fileURLToPath(new URL(`../../services/${name}`, import.meta.url))
  return [inServices, path.resolve(name)].find((folder) => existsSync(path.join(folder, 'prisma/schema.prisma')))
}

function refuse(reason) {
  process.stderr.write(`${reason}\n\n${USAGE}`)
  process.exit(2)
}

const [service, command, ...rest] = process.argv.slice(2)
if (!service || !COMMANDS.has(command)) refuse(`cannot run: ${process.argv.slice(2).join(' ') || 'no arguments'}`)
const cwd =
  serviceFolder(service) ?? refuse(`no prisma/schema.prisma in services/${service} or ${path.resolve(service)}`)
const url = process.env.MIGRATION_DATABASE_URL || process.env.DATABASE_URL
if (!url) refuse('set MIGRATION_DATABASE_URL or DATABASE_URL')

const quiet = rest.includes('--quiet')
const args = ['migrate', command, ...rest.filter((argument) => argument !== '--quiet')]
process.exit(await runPrisma(args, { cwd, engine: STAND_IN, env: withoutPassword(url), quiet }))
