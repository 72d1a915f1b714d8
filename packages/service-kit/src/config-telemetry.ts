import { hostname } from 'node:os'
import type { TelemetryOptions } from './telemetry/sdk.js'

const SERVICE_FOLDER = /[/\\]services[/\\]([a-z-]+)[/\\]/

/** Telemetry starts before a service's own configuration is read, so it reads the few variables that it needs here. */
export function telemetryOptions(
  env: NodeJS.ProcessEnv = process.env,
  script = process.argv[1] ?? '',
): TelemetryOptions {
  return {
    service: env['OTEL_SERVICE_NAME'] ?? SERVICE_FOLDER.exec(script)?.[1] ?? 'tillit',
    instance: env['INSTANCE_ID'] || hostname(),
    environment: env['TILLIT_ENVIRONMENT'] ?? 'unknown',
    otlpEndpoint: env['OTEL_EXPORTER_OTLP_ENDPOINT'] || undefined,
  }
}
