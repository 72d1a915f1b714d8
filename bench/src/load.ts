import { connect, type Socket } from 'node:net'

export interface LoadResult {
  readonly statuses: ReadonlyMap<number, number>
  /** Milliseconds, ascending. */
  readonly latencies: Float64Array
  readonly seconds: number
  readonly sampleFailure: string | undefined
}

/** The body's length and status of one HTTP/1.1 answer, or undefined while it is incomplete. */
function complete(buffer: Buffer): { status: number; end: number } | undefined {
  const head = buffer.indexOf('\r\n\r\n')
  if (head < 0) return undefined
  const text = buffer.toString('latin1', 0, head)
  const status = Number(text.slice(9, 12))
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)
  if (!length) throw new Error(`the answer has no Content-Length:\n${text}`)
  const end = head + 4 + Number(length[1])
  return buffer.length >= end ? { status, end } : undefined
}

/**
 * Sends every request once over `connections` raw sockets with one outstanding request each. Only status and
 * Content-Length are parsed, so that the generator costs little beside what it measures.
 */
export async function load(port: number, requests: readonly Buffer[], connections: number): Promise<LoadResult> {
  const latencies = new Float64Array(requests.length)
  const statuses = new Map<number, number>()
  let next = 0
  let done = 0
  let sampleFailure: string | undefined
  const started = performance.now()
  const worker = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket: Socket = connect(port, '127.0.0.1')
      let pending: Buffer = Buffer.alloc(0)
      let sentAt = 0
      const send = (): void => {
        const request = requests[next++]
        if (!request) {
          socket.end()
          resolve()
          return
        }
        sentAt = performance.now()
        socket.write(request)
      }
      socket.setNoDelay(true)
      socket.on('connect', send)
      socket.on('error', reject)
      socket.on('close', () => resolve())
      socket.on('data', (chunk: Buffer) => {
        pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
        const answer = complete(pending)
        if (!answer) return
        latencies[done++] = performance.now() - sentAt
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
        if (answer.status !== 200) sampleFailure ??= pending.toString('utf8', 0, answer.end)
        pending = pending.subarray(answer.end)
        send()
      })
    })
  await Promise.all(Array.from({ length: connections }, worker))
  return {
    statuses,
    latencies: latencies.subarray(0, done).sort(),
    seconds: (performance.now() - started) / 1000,
    sampleFailure,
  }
}

export const percentile = (sorted: Float64Array, p: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * p) / 100))] ?? Number.NaN

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}
