import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { startGateway } from './gateway.js'
import type { GatewayOptions } from './gateway.js'

// A process of its own, as in production: `node gateway-main.js <options.json>`. The file holds the private key: 0600.
const options = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as GatewayOptions & { readyFile: string }
rmSync(options.readyFile, { force: true })
const gateway = await startGateway(options)
writeFileSync(options.readyFile, '')
console.log(`listening on https://localhost:${gateway.port}`)
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void gateway.close().then(() => process.exit(0)))
