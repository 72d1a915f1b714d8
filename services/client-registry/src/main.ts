import { run } from '@tillit/service-kit'
import { buildApp } from './app.js'
import { clientRegistryConfig } from './config.js'

await run(() => buildApp(clientRegistryConfig()))
