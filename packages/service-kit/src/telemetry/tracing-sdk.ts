import type { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import type { Resource } from '@opentelemetry/resources'
import { NodeSDK } from '@opentelemetry/sdk-node'

export interface TracingOptions {
  readonly endpoint: string
  readonly resource: Resource
  readonly metricReader: PrometheusExporter
}

/** The whole SDK with an OTLP exporter of spans. Returns what sends the last of them and ends it. */
export function startTracing({ endpoint, resource, metricReader }: TracingOptions): () => Promise<void> {
  const sdk = new NodeSDK({
    autoDetectResources: false,
    resource,
    metricReaders: [metricReader],
    logRecordProcessors: [],
    instrumentations: [],
    traceExporter: new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` }),
  })
  sdk.start()
  return () => sdk.shutdown()
}
