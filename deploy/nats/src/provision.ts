import { readFile } from 'node:fs/promises'
import { provision } from './provisioning.js'
import { connectAs } from './users.js'

const { NATS_URL, NATS_NKEY_SEED_FILE, NATS_CA_FILE, TILLIT_ENVIRONMENT, NATS_REPLICAS, NATS_PARTITIONS } = process.env
const usage = `Creates the streams, buckets and durables that are missing, as the identity "deploy".
  NATS_URL             address, or several with commas between
  NATS_NKEY_SEED_FILE  file with the nkey seed of "deploy"
  NATS_CA_FILE         optional: certificate authority of the servers
  TILLIT_ENVIRONMENT   "local" takes small streams and one replica; anything else the contract's sizes and three
  NATS_REPLICAS        optional: 1, 3 or 5
  NATS_PARTITIONS      optional: issuance partitions of a new installation`

if (!NATS_URL || !NATS_NKEY_SEED_FILE) {
  console.error(usage)
  process.exit(78)
}
const local = TILLIT_ENVIRONMENT === 'local'
const seed = await readFile(NATS_NKEY_SEED_FILE, 'utf8')
const nc = await connectAs('deploy', { url: NATS_URL, seed, ...(NATS_CA_FILE ? { caFile: NATS_CA_FILE } : {}) })
try {
  const { created, updated, partitionsWritten } = await provision(nc, {
    limits: local ? 'local' : 'production',
    replicas: wholeNumber('NATS_REPLICAS', NATS_REPLICAS) ?? (local ? 1 : 3),
    ...(NATS_PARTITIONS ? { partitions: wholeNumber('NATS_PARTITIONS', NATS_PARTITIONS) ?? 1 } : {}),
  })
  console.log(`created: ${created.join(', ') || 'nothing'}`)
  console.log(`updated: ${updated.join(', ') || 'nothing'}`)
  console.log(partitionsWritten ? 'partition map written, generation 1' : 'partition map left as it was')
} finally {
  await nc.close()
}

function wholeNumber(name: string, value: string | undefined): number | undefined {
  if (!value) return undefined
  if (!/^[1-9][0-9]{0,3}$/.test(value)) throw new Error(`${name} must be a whole number from 1, not ${value}`)
  return Number(value)
}
