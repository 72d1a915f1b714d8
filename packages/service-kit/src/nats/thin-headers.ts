import { MsgHdrsImpl } from '@nats-io/nats-core'

const LINE_BREAK = /[\r\n]/

/**
 * Headers written once as text: the client's own class searches and canonicalises at each `set`, which shows on the hot
 * path. Names are ours and known; values are checked for line breaks (J02).
 */
export class ThinHeaders extends MsgHdrsImpl {
  #text = ''

  get empty(): boolean {
    return this.#text === ''
  }

  add(name: string, value: string): this {
    if (LINE_BREAK.test(value)) throw new TypeError(`The NATS header ${name} cannot hold a line break`)
    this.#text += `${name}: ${value}\r\n`
    return this
  }

  override encode(): Uint8Array {
    return Buffer.from(`NATS/1.0\r\n${this.#text}\r\n`)
  }
}
