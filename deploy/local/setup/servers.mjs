import path from 'node:path'
import { NODE } from './pinned-node.mjs'
import { ROOT, run } from './step.mjs'

/** PostgreSQL's first data folder, a nats-server and the local CA, so that a start needs no network. */
export async function prepareServers(say) {
  say('PostgreSQL, nats-server, certificates')
  const output = await run(NODE, [path.join(ROOT, 'deploy/local/dist/prepare.js')])
  return output.trim()
}
