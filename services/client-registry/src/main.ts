import '@tillit/service-kit/otel' // first: instruments made before telemetry starts stay silent
import { run } from '@tillit/service-kit'
import { buildApp } from './app.js'
import { clientRegistryConfig } from './config.js'

await run(() => buildApp(clientRegistryConfig()))
