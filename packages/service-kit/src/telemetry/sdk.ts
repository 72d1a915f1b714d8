import type { IncomingMessage, ServerResponse } from 'node:http'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { watchEventLoop } from './event-loop.js'

export interface TelemetryOptions {
  readonly service: string
  readonly instance: string
  readonly environment: string
  /** Traces are made and sent only where this is set. */
  readonly otlpEndpoint: string | undefined
}

let exporter: PrometheusExporter | undefined
let sdk: NodeSDK | undefined
let tracesEnabled = false

/** Starts OpenTelemetry's SDK, once a process. Metrics are read at PRIVATE_PORT/metrics. */
export function startTelemetry(options: TelemetryOptions): void {
  if (sdk) return
  exporter = new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true })
  tracesEnabled = options.otlpEndpoint !== undefined
  sdk = new NodeSDK({
    autoDetectResources: false,
    resource: resourceFromAttributes({
      'service.namespace': 'tillit',
      'service.name': options.service,
      'service.instance.id': options.instance,
      'deployment.environment.name': options.environment,
    }),
    metricReaders: [exporter],
    logRecordProcessors: [],
    instrumentations: [],
    ...spanExport(options.otlpEndpoint),
  })
  sdk.start()
  watchEventLoop()
}

/** Without an endpoint there is no exporter at all: the SDK's own default would send to localhost. */
function spanExport(endpoint: string | undefined): { traceExporter: OTLPTraceExporter } | { spanProcessors: [] } {
  if (endpoint === undefined) return { spanProcessors: [] }
  return { traceExporter: new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` }) }
}

/** Whether spans go anywhere: where not, no hook makes one. */
export const tracingEnabled = (): boolean => tracesEnabled

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
  if (!tracesEnabled) return
  await sdk?.shutdown().catch(() => undefined)
}
