import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** `pass` forwards, `delay` forwards late, `blackhole` swallows without closing, `reset` cuts and refuses. */
export type FaultMode = { kind: 'pass' } | { kind: 'delay'; ms: number } | { kind: 'blackhole' } | { kind: 'reset' }

/** A TCP proxy on loopback that stands before NATS or PostgreSQL and misbehaves on demand (reliability.md, section 6). */
export class FaultProxy {
  readonly #server: Server
  readonly #pairs = new Set<readonly [Socket, Socket]>()
  #mode: FaultMode = { kind: 'pass' }

  private constructor(target: { host: string; port: number }) {
    this.#server = createServer((client) => this.#accept(client, target))
  }

  static async open(target: { host: string; port: number }): Promise<FaultProxy> {
    const proxy = new FaultProxy(target)
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject).listen(0, '127.0.0.1', resolve)
    })
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  set(mode: FaultMode): void {
    this.#mode = mode
    if (mode.kind === 'reset') for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy()
    if (mode.kind === 'blackhole') return
    for (const pair of this.#pairs) for (const socket of pair) socket.resume()
  }

  #accept(client: Socket, target: { host: string; port: number }): void {
    if (this.#mode.kind === 'reset') {
      client.resetAndDestroy()
      return
    }
    const upstream = connect(target.port, target.host)
    const pair = [client, upstream] as const
    this.#pairs.add(pair)
    for (const [from, to] of [pair, [upstream, client] as const]) {
      from.setNoDelay(true)
      from.on('data', (chunk: Buffer) => this.#forward(from, to, chunk))
      from.on('error', () => to.destroy())
      from.on('close', () => {
        this.#pairs.delete(pair)
        to.destroy()
      })
    }
  }

  #forward(from: Socket, to: Socket, chunk: Buffer): void {
    switch (this.#mode.kind) {
      case 'pass':
        to.write(chunk)
        return
      case 'delay':
        setTimeout(() => to.destroyed || to.write(chunk), this.#mode.ms)
        return
      case 'blackhole':
        // Kept in the kernel's buffers: what was sent arrives when the path opens again, as over a real network.
        from.pause()
        from.unshift(chunk)
        return
      case 'reset':
        from.resetAndDestroy()
    }
  }

  async close(): Promise<void> {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
