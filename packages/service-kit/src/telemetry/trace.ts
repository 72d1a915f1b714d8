import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { tracingEnabled } from './sdk.js'

/** W3C Trace Context header of the active span; undefined where there is none. */
export function activeTraceparent(): string | undefined {
  const span = trace.getActiveSpan()?.spanContext()
  if (!span) return undefined
  return `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, '0')}`
}

/** Does the work within a span that continues the caller's trace; only does it where traces are not exported. */
export async function inServerSpan<T>(
  name: string,
  traceparent: string | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (!tracingEnabled()) return work()
  const parent = propagation.extract(context.active(), traceparent === undefined ? {} : { traceparent })
  const span = trace.getTracer('tillit').startSpan(name, { kind: SpanKind.SERVER }, parent)
  try {
    return await context.with(trace.setSpan(parent, span), work)
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR })
    throw error
  } finally {
    span.end()
  }
}
