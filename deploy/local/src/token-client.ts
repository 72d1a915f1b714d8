import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { decodeJwt } from '@tillit/testkit'
import { runsFolder } from './cache.js'
import { machineClient } from './demo-story.js'
import type { SeededClient } from './seed.js'
import { prettyJson, say } from './terminal.js'

const USAGE = `usage: deploy/local/token <client> [scope...] [--parent <orgnr>] [--child <orgnr>] [--run <file>] [--raw]

Asks the constellation of \`make up\` for a token: client assertion, DPoP proof, nonce challenge and all.
--parent and --child name the organisation that is acted for: a multi-tenant client needs a parent.
--raw prints the token alone; --run names the constellation.json that \`make up\` printed.`

interface Description {
  readonly issuer: string
  readonly caFile: string
  readonly clients: readonly SeededClient[]
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    run: { type: 'string' },
    raw: { type: 'boolean' },
    parent: { type: 'string' },
    child: { type: 'string' },
    help: { type: 'boolean' },
  },
})
const [clientId, ...scopes] = positionals
if (clientId === undefined || values.help) {
  say(USAGE)
  process.exit(values.help ? 0 : 2)
}
try {
  await printToken(clientId, scopes)
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}

async function printToken(id: string, wanted: string[]): Promise<void> {
  const run = JSON.parse(await readFile(values.run ?? (await newestRun()), 'utf8')) as Description
  const client = machineClient({ ...run, ca: await readFile(run.caFile, 'utf8') }, id)
  try {
    const scope = wanted.join(' ') || (run.clients.find((one) => one.clientId === id)?.scopes[0] ?? '')
    const answer = await client.token({ form: { scope }, assertion: { claims: actingFor(values) } })
    const token = answer.body['access_token']
    if (typeof token !== 'string') throw new Error(`${answer.status} ${answer.text}`)
    say(values.raw ? token : `${token}\n\n${prettyJson(decodeJwt(token))}`)
  } finally {
    await client.close()
  }
}

const MULTI_TENANT = 'urn:oid:1.0.6523'
const SINGLE_TENANT = 'urn:oid:2.16.578.1.12.4.1.4.101'

/** The assertion's `assertion_details`: a multi-tenant client names parent and child, a single-tenant one its child. */
function actingFor({ parent, child }: { parent?: string; child?: string }): Record<string, unknown> {
  if (parent === undefined && child === undefined) return {}
  const value = parent === undefined ? child : `NO:ORGNR:${parent}:${child ?? ''}`
  const identifier = { system: parent === undefined ? SINGLE_TENANT : MULTI_TENANT, type: 'ENH', value }
  return { assertion_details: { type: 'helseid_authorization', practitioner_role: { organization: { identifier } } } }
}

async function newestRun(): Promise<string> {
  const names = (await readdir(runsFolder()))
    .filter((name) => !name.startsWith('.'))
    .sort()
    .reverse()
  for (const name of names) {
    const file = path.join(runsFolder(), name, 'secrets', 'constellation.json')
    const found = await readFile(file, 'utf8').catch(() => undefined)
    if (found !== undefined) return file
  }
  throw new Error('nothing is running: start `make up` in another terminal first')
}
