// node deploy/image/migrate.mjs <service> [deploy|status|resolve] [arguments]: what a migration Job runs.
// The owner's password comes from a mounted file, so that no environment of a pod ever holds it.
import { readFileSync } from 'node:fs'

const { MIGRATION_DATABASE_URL: address, MIGRATION_DATABASE_PASSWORD_FILE: passwordFile } = process.env
const EX_CONFIG = 78

function refuse(reason) {
  process.stderr.write(`${reason}\n`)
  process.exit(EX_CONFIG)
}

const [service, command = 'deploy', ...rest] = process.argv.slice(2)
if (!service) refuse('usage: node deploy/image/migrate.mjs <service> [deploy|status|resolve] [arguments]')
if (!address) refuse('MIGRATION_DATABASE_URL is not set: set it to postgresql://<owner>@<host>:<port>/<database>')
if (!URL.canParse(address))
  refuse('MIGRATION_DATABASE_URL is not valid: set it to postgresql://<owner>@<host>:<port>/<database>')
if (passwordFile) {
  const url = new URL(address)
  url.password = encodeURIComponent(readFileSync(passwordFile, 'utf8').trim())
  process.env.MIGRATION_DATABASE_URL = url.href
}
process.argv.splice(2, Infinity, service, command, ...rest)
await import('../prisma/migrate.mjs')
