/** Imported before anything else: instruments that are made earlier than the SDK would stay silent. */
import { telemetryOptions } from './config-telemetry.js'
import { startTelemetry } from './telemetry/sdk.js'

await startTelemetry(telemetryOptions())
