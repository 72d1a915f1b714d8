import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { startNats, Supervisor } from '@tillit/deploy-local'
import { connectAs, newUsers, provision, publicKeys, serverConfig } from '@tillit/deploy-nats'
import { issuanceSubject } from '@tillit/events'
import { jetstream } from '@nats-io/jetstream'
import { needs } from '../support/apt.js'

const RECORDS = 40
beforeAll(() => needs('strace', () => existsSync('/usr/bin/strace')), 300_000)

/** How often nats-server synced to disk while this many records were acknowledged one by one. */
async function syncsFor(syncAlways: boolean): Promise<number> {
  const supervisor = await Supervisor.open()
  try {
    const users = newUsers()
    const { url } = await startNats(supervisor, (place) =>
      serverConfig({ ...place, users: publicKeys(users), syncAlways }),
    )
    const deploy = await connectAs('deploy', { url, seed: users.deploy.seed })
    await provision(deploy, { limits: 'local', replicas: 1 })
    await deploy.close()
    const signer = await connectAs('signing-key', { url, seed: users['signing-key'].seed })
    const out = path.join(supervisor.run.data, 'strace')
    const args = ['-f', '-e', 'trace=fsync,fdatasync', '-o', out, '-p', String(supervisor.pid('nats'))]
    const strace = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] })
    await new Promise((resolve) => strace.stderr.once('data', resolve))
    const js = jetstream(signer)
    for (let i = 0; i < RECORDS; i += 1) await js.publish(issuanceSubject(0), 'record', { msgID: `durability-${i}` })
    const ended = new Promise((resolve) => strace.once('exit', resolve))
    strace.kill('SIGINT')
    await ended
    await signer.close()
    return (readFileSync(out, 'utf8').match(/\bf(?:data)?sync\(/g) ?? []).length
  } finally {
    await supervisor.close()
  }
}

describe('an acknowledged record', () => {
  it('is on disk with sync_interval always: at least one sync for each', async () => {
    expect(await syncsFor(true)).toBeGreaterThanOrEqual(RECORDS)
  }, 120_000)

  it('is not with the default: hardly any sync, which is why the default is refused for issuance', async () => {
    expect(await syncsFor(false)).toBeLessThan(RECORDS / 2)
  }, 120_000)
})
