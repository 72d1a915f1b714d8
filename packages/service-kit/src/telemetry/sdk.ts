import type { IncomingMessage, ServerResponse } from 'node:http'
import { metrics } from '@opentelemetry/api'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { watchEventLoop } from './event-loop.js'

export interface TelemetryOptions {
  readonly service: string
  readonly instance: string
  readonly environment: string
  /** Traces are made and sent only where this is set. */
  readonly otlpEndpoint: string | undefined
}

let exporter: PrometheusExporter | undefined
let shutdown: (() => Promise<void>) | undefined

/**
 * Starts OpenTelemetry, once a process. Metrics are read at PRIVATE_PORT/metrics. The whole SDK, with its exporters, takes
 * 46 MB: it is loaded only where traces have somewhere to go.
 */
export async function startTelemetry(options: TelemetryOptions): Promise<void> {
  if (exporter) return
  exporter = new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true })
  const resource = resourceFromAttributes({
    'service.namespace': 'tillit',
    'service.name': options.service,
    'service.instance.id': options.instance,
    'deployment.environment.name': options.environment,
  })
  if (options.otlpEndpoint === undefined) {
    metrics.setGlobalMeterProvider(new MeterProvider({ resource, readers: [exporter] }))
  } else {
    const { startTracing } = await import('./tracing-sdk.js')
    shutdown = startTracing({ endpoint: options.otlpEndpoint, resource, metricReader: exporter })
  }
  watchEventLoop()
}

/** Whether spans go anywhere: where not, no hook makes one. */
export const tracingEnabled = (): boolean => shutdown !== undefined

/** Prometheus' text format; 503 where the SDK was not started. */
export function serveMetrics(request: IncomingMessage, response: ServerResponse): void {
  if (exporter) {
    exporter.getMetricsRequestHandler(request, response)
    return
  }
  response.writeHead(503, { 'content-type': 'text/plain' })
  response.end('telemetry is not started: import @tillit/service-kit/otel first\n')
}

/** Sends what spans are left. Ends telemetry: the process is about to exit. */
export async function flushTelemetry(): Promise<void> {
  await shutdown?.().catch(() => undefined)
}
