import { get } from 'node:http'
import path from 'node:path'
import type { ChildSpec } from './child.js'
import { LOOPBACK } from './ports.js'

export interface SampleApiProcess {
  readonly port: number
  readonly issuer: string
  readonly caFile: string
  readonly audience: string
}

/** The sample API as a process of the run. */
export function childOfSampleApi({ port, issuer, caFile, audience }: SampleApiProcess): ChildSpec {
  return {
    name: 'sample-api',
    command: process.execPath,
    args: [path.join(import.meta.dirname, '..', 'dist', 'sample-api-main.js')],
    env: { PORT: String(port), ISSUER: issuer, AUDIENCE: audience, NODE_EXTRA_CA_CERTS: caFile },
    ready: (signal) =>
      new Promise((resolve) => {
        const request = get(`http://${LOOPBACK}:${port}/readyz`, { agent: false, signal }, (response) => {
          response.resume()
          resolve(response.statusCode === 200)
        })
        request.on('error', () => resolve(false))
      }),
  }
}
