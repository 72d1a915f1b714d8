// First: instruments that are made before the telemetry starts stay silent.
import '@tillit/service-kit/otel'
import { run } from '@tillit/service-kit'
import { buildApp } from './app.js'
import { auditConfig } from './config.js'

await run(() => buildApp(auditConfig()))
