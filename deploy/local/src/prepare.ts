import { localCertificates } from './ca.js'
import { findNatsServer } from './nats-find.js'
import { installPostgres } from './postgres-binaries.js'

// Run by `make setup`: what a start would otherwise have to make or fetch first. Prints one line.
const wanted = { postgres: process.env['DATABASE_URL'] === undefined, nats: process.env['NATS_URL'] === undefined }
await localCertificates()
const postgres = wanted.postgres ? `PostgreSQL ${(await installPostgres()).version}` : 'PostgreSQL of DATABASE_URL'
const nats = wanted.nats ? await findNatsServer() : undefined
console.log(`${postgres}, ${nats ? `nats-server ${nats.version} (${nats.from})` : 'NATS of NATS_URL'}`)
