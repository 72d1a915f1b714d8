// Runs inside an image, as its user: node prove.mjs services|deploy. Every service is started for real, twice: without
// configuration, which must end with 78 and name what is missing, and with one whose NATS and database are away, which
// must live, be unready and leave at SIGTERM.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const EX_CONFIG = 78
const MISSING = ['TILLIT_ENVIRONMENT', 'ISSUER', 'PRIVATE_PORT', 'NATS_URL', 'NATS_NKEY_SEED_FILE']
const SEED = '/tmp/seed'
const KEY = '/tmp/key'

function check(condition, complaint) {
  if (!condition) throw new Error(complaint)
}

function start(args, env) {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const process_ = { child, output: '', ended: new Promise((resolve) => child.on('close', resolve)) }
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (process_.output += chunk))
  return process_
}

async function run(args, env = {}) {
  const started = start(args, env)
  const timer = setTimeout(() => started.child.kill('SIGKILL'), 60_000)
  const code = await started.ended
  clearTimeout(timer)
  return { code, output: started.output }
}

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

async function refusesToStart(service) {
  const { code, output } = await run([`services/${service}/dist/main.js`])
  check(code === EX_CONFIG, `${service} without configuration ended with ${code}, not ${EX_CONFIG}:\n${output}`)
  const unnamed = MISSING.filter((name) => !output.includes(`${name} is not set`))
  check(unnamed.length === 0, `${service} did not name ${unnamed.join(', ')}:\n${output}`)
}

async function livesAndLeaves(service) {
  const port = await freePort()
  const started = start([`services/${service}/dist/main.js`], await configuration(port))
  try {
    await answers(started, `http://127.0.0.1:${port}/healthz`, 200)
    await answers(started, `http://127.0.0.1:${port}/readyz`, 503)
    started.child.kill('SIGTERM')
    const code = await Promise.race([started.ended, sleep(20_000, 'still running')])
    check(code === 0, `${service} after SIGTERM: ${code}\n${started.output}`)
  } finally {
    started.child.kill('SIGKILL')
  }
}

/** What the chart sets, with files in /tmp in place of Secrets and addresses where nobody listens. */
const configuration = async (privatePort) => ({
  TILLIT_ENVIRONMENT: 'test',
  ISSUER: 'https://tillit.test.example',
  HOST: '127.0.0.1',
  PORT: String(await freePort()),
  PRIVATE_PORT: String(privatePort),
  NATS_URL: 'nats://127.0.0.1:9',
  NATS_NKEY_SEED_FILE: SEED,
  NONCE_KEY_FILE: KEY,
  KEK_FILE: KEY,
  DATABASE_URL: 'postgresql://tillit@127.0.0.1:9/tillit',
  DATABASE_PASSWORD_FILE: KEY,
  DRAIN_MS: '0',
  SHUTDOWN_MS: '10000',
})

async function answers(started, url, status) {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await sleep(100)) {
    check(started.child.exitCode === null, `the service ended by itself:\n${started.output}`)
    if ((await statusOf(url)) === status) return
  }
  throw new Error(`${url} never answered ${status}:\n${started.output}`)
}

const statusOf = (url) =>
  new Promise((resolve) => {
    const request = get(url, (response) => resolve(response.resume().statusCode))
    request.on('error', () => resolve(undefined))
  })

async function proveServices() {
  check(
    !existsSync('node_modules/.pnpm') || !readdirSync('node_modules/.pnpm').some((name) => name.startsWith('prisma@')),
    'the services’ image carries the Prisma CLI',
  )
  for (const service of readdirSync('services')) {
    await refusesToStart(service)
    await livesAndLeaves(service)
    console.log(`  ${service}: refuses to start without configuration, lives, leaves at SIGTERM`)
  }
}

async function proveDeploy() {
  const nats = await run(['deploy/nats/dist/provision.js'])
  check(
    nats.code === EX_CONFIG && nats.output.includes('NATS_URL'),
    `provisioning without configuration: ${nats.code}\n${nats.output}`,
  )
  console.log('  nats-provision: refuses to start without configuration')
  for (const service of readdirSync('services')) {
    const unset = await run(['deploy/image/migrate.mjs', service])
    check(
      unset.code === EX_CONFIG && unset.output.includes('MIGRATION_DATABASE_URL is not set'),
      `${service}: ${unset.code}\n${unset.output}`,
    )
    const env = {
      HOME: '/tmp',
      MIGRATION_DATABASE_URL: 'postgresql://owner@127.0.0.1:9/tillit',
      MIGRATION_DATABASE_PASSWORD_FILE: KEY,
    }
    const away = await run(['deploy/image/migrate.mjs', service], env)
    // P1001 comes from the schema engine: the Prisma CLI and the engine both run in here.
    check(
      away.code === 1 && away.output.includes('P1001'),
      `${service} with its database away: ${away.code}\n${away.output}`,
    )
    console.log(`  ${service}: refuses to migrate without configuration, and reports a database that is away`)
  }
}

writeFileSync(KEY, randomBytes(32).toString('base64url'))
writeFileSync(SEED, process.env.PROVE_SEED ?? '')
console.log(`  node ${process.version}, user ${process.getuid()}`)
check(process.getuid() !== 0, 'runs as root')
await { services: proveServices, deploy: proveDeploy }[process.argv[2]]()
