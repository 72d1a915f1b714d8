// First: instruments that are made before the telemetry starts stay silent.
import '@tillit/service-kit/otel'
import { loadConfig, run } from '@tillit/service-kit'
import { buildApp } from './app.js'
import { TokenConfig } from './config.js'

await run(() => buildApp(loadConfig(TokenConfig)))
