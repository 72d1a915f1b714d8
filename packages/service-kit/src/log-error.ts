const MAX_DEPTH = 4
const MAX_TEXT = 2_000

/** OpenTelemetry's `exception.*` members; causes nest, other members of the error (SQL, parameters, payloads) stay out. */
export function serializeError(err: unknown): object {
  return describe(err, 0)
}

function describe(err: unknown, depth: number): object {
  if (!(err instanceof Error)) return { 'exception.message': cut(typeof err === 'string' ? err : typeof err) }
  const code = (err as { code?: unknown }).code
  return {
    'exception.type': err.name,
    'exception.message': cut(err.message),
    ...(typeof code === 'string' || typeof code === 'number' ? { 'exception.code': code } : {}),
    ...(depth === 0 && err.stack ? { 'exception.stacktrace': cut(err.stack) } : {}),
    ...(err.cause !== undefined && depth < MAX_DEPTH ? { cause: describe(err.cause, depth + 1) } : {}),
  }
}

const cut = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text)
