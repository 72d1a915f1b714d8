import { metrics as api } from '@opentelemetry/api'
import type { Attributes, Counter, Histogram, ObservableGauge, UpDownCounter } from '@opentelemetry/api'

export interface InstrumentOptions {
  /** UCUM: `s`, `By`, `1`, `{request}`. */
  readonly unit: string
  readonly description: string
}
export interface HistogramOptions extends InstrumentOptions {
  /** Upper bounds of the buckets, in the unit. */
  readonly boundaries?: readonly number[]
}

const meter = () => api.getMeter('tillit')

/** Seconds, as the HTTP conventions advise. */
export const SECONDS_BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] as const

/**
 * Instruments of OpenTelemetry's API: they cost nothing until `@tillit/service-kit/otel` has started the SDK. Names carry no
 * `_total` (the exporter adds it) and attributes carry no client, subject or organisation.
 */
export const metrics = {
  counter: (name: string, options: InstrumentOptions): Counter => meter().createCounter(name, options),
  upDownCounter: (name: string, options: InstrumentOptions): UpDownCounter =>
    meter().createUpDownCounter(name, options),
  histogram: (name: string, { boundaries, ...options }: HistogramOptions): Histogram =>
    meter().createHistogram(name, {
      ...options,
      advice: { explicitBucketBoundaries: [...(boundaries ?? SECONDS_BOUNDARIES)] },
    }),
  /** `read` is called at each scrape; undefined means nothing to tell. */
  gauge: (name: string, options: InstrumentOptions & { read: () => GaugeReading }): ObservableGauge => {
    const gauge = meter().createObservableGauge(name, { unit: options.unit, description: options.description })
    gauge.addCallback((result) => {
      const reading = options.read()
      if (typeof reading === 'number') result.observe(reading)
      else for (const { value, attributes } of reading ?? []) result.observe(value, attributes)
    })
    return gauge
  },
} as const

export type GaugeReading = number | readonly { value: number; attributes: Attributes }[] | undefined
