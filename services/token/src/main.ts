// First: instruments that are made before the telemetry starts stay silent.
import '@tillit/service-kit/otel'
import { setFlagsFromString } from 'node:v8'
import { loadConfig, run } from '@tillit/service-kit'
import { buildApp } from './app.js'
import { TokenConfig } from './config.js'

// Little lives here from one request to the next, so the old generation need not grow to several times of what lives.
setFlagsFromString('--heap-growing-percent=40')

await run(() => buildApp(loadConfig(TokenConfig)))
