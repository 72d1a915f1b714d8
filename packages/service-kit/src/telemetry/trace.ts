import { trace } from '@opentelemetry/api'

/** W3C Trace Context header of the active span; undefined where there is none. */
export function activeTraceparent(): string | undefined {
  const span = trace.getActiveSpan()?.spanContext()
  if (!span) return undefined
  return `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, '0')}`
}
