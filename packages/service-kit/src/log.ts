import { pino } from 'pino'
import type { DestinationStream, Logger as PinoLogger } from 'pino'
import { trace } from '@opentelemetry/api'
import { escapeLine } from './log-escape.js'
import { serializeError } from './log-error.js'

export type Logger = PinoLogger

export interface LoggerOptions {
  readonly service: string
  readonly instance: string
  readonly level: string
  readonly environment: string
  /** Where lines go; standard output where absent. */
  readonly destination?: DestinationStream
}

/** Members that never reach a line, at the top and one and two levels down. The canary test holds this list. */
const SECRET_MEMBERS = [
  'authorization',
  'dpop',
  'cookie',
  'password',
  'secret',
  'seed',
  'pin',
  'code',
  'token',
  'access_token',
  'refresh_token',
  'id_token',
  'subject_token',
  'assertion',
  'client_assertion',
  'proof',
  'pid',
  'nonce',
  'sealed',
]
const redactPaths = SECRET_MEMBERS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])

/**
 * One JSON line an event. Log as `log.warn({ 'event.name': 'x.y', ... }, 'text')`; put an error under `err`. `base` follows
 * OpenTelemetry's resource names (operations.md, section 5).
 */
export function createLogger(options: LoggerOptions): Logger {
  return pino(
    {
      level: options.level,
      base: {
        'service.namespace': 'tillit',
        'service.name': options.service,
        'service.instance.id': options.instance,
        'deployment.environment.name': options.environment,
      },
      messageKey: 'body',
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ severity: label.toUpperCase() }) },
      serializers: { err: serializeError },
      redact: { paths: redactPaths, censor: '[redacted]' },
      mixin: traceIds,
      hooks: { streamWrite: escapeLine },
    },
    options.destination ?? pino.destination({ fd: 1, sync: true }),
  )
}

function traceIds(): object {
  const span = trace.getActiveSpan()?.spanContext()
  return span ? { trace_id: span.traceId, span_id: span.spanId } : {}
}
