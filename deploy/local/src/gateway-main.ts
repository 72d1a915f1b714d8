import { readFileSync } from 'node:fs'
import { startGateway } from './gateway.js'
import type { GatewayOptions } from './gateway.js'

// A process of its own, as in production: `node gateway-main.js <options.json>`. The file holds the private key: 0600.
const gateway = await startGateway(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as GatewayOptions)
console.log(`listening on https://localhost:${gateway.port}`)
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void gateway.close().then(() => process.exit(0)))
