import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { charts } from '../paths.js'

const ISSUER = 'https://tillit.test.example'
const discovery = {
  issuer: ISSUER,
  token_endpoint: `${ISSUER}/connect/token`,
  jwks_uri: `${ISSUER}/.well-known/openid-configuration/jwks`,
}
const key = { kty: 'EC', kid: 'one', crv: 'P-256', x: 'x', y: 'y' }

/** Runs the test of `helm test` against an issuer that answers with these documents. */
async function smoke(answers: Record<string, object>): Promise<{ code: number; output: string }> {
  const server = createServer((request, response) => {
    const body = answers[request.url ?? '']
    response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body ?? {}))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    return await run({ ISSUER, TOKEN_ORIGIN: origin, SMOKE_SECONDS: '0' })
  } finally {
    server.close()
  }
}

const run = (env: NodeJS.ProcessEnv): Promise<{ code: number; output: string }> =>
  new Promise((resolve) => {
    const script = path.join(charts, 'tillit', 'files', 'smoke.mjs')
    const child = execFile(
      process.execPath,
      [script],
      { env: { ...process.env, ...env } },
      (_error, stdout, stderr) => {
        resolve({ code: child.exitCode ?? -1, output: stdout + stderr })
      },
    )
  })

describe('smoke test of helm test', () => {
  const good = {
    '/.well-known/openid-configuration': discovery,
    '/.well-known/openid-configuration/jwks': { keys: [key] },
  }

  it('C3 passes on discovery and keys of this issuer', async () => {
    const { code, output } = await smoke(good)
    expect([code, output]).toEqual([0, `discovery and 1 keys of ${ISSUER} are in order\n`])
  })

  it('fails on another issuer, on a private key, and where nothing answers', async () => {
    const other = { ...good, '/.well-known/openid-configuration': { ...discovery, issuer: 'https://other.example' } }
    const leaking = { ...good, '/.well-known/openid-configuration/jwks': { keys: [{ ...key, d: 'secret' }] } }
    const failures = [await smoke(other), await smoke(leaking), await smoke({})]
    expect(failures.map(({ code }) => code)).toEqual([1, 1, 1])
    expect(failures[0]?.output).toContain('https://other.example')
    expect(failures[1]?.output).toContain('a private one')
    expect(failures[2]?.output).toContain('answered 404')
  })
})
