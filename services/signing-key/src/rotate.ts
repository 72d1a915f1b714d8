import { rotateNow } from './app.js'
import { readConfig } from './config.js'

// Emergency rotation, with the service's own environment: node dist/rotate.js ES256
try {
  await rotateNow(readConfig(), process.argv[2] ?? '')
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
