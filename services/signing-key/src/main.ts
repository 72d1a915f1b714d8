import '@tillit/service-kit/otel' // first: starts OpenTelemetry
import { run } from '@tillit/service-kit'
import { buildApp } from './app.js'
import { readConfig } from './config.js'

await run(() => buildApp(readConfig()))
