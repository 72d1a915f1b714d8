import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { FaultProxy } from './fault-proxy.js'

let echo: Server
let proxy: FaultProxy
const sockets: Socket[] = []

beforeEach(async () => {
  echo = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined).pipe(socket)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => echo.once('listening', resolve))
  proxy = await FaultProxy.open({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port })
})
afterEach(async () => {
  await proxy.close()
  for (const socket of sockets.splice(0)) socket.destroy()
  await new Promise((resolve) => echo.close(resolve))
})

const open = async (): Promise<Socket> => {
  const socket = connect(proxy.port, '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => undefined)
  await new Promise((resolve) => socket.once('connect', resolve))
  return socket
}
const answer = (socket: Socket, within: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), within)
    socket.once('data', (chunk) => {
      clearTimeout(timer)
      resolve(chunk.toString())
    })
  })

describe('FaultProxy', () => {
  it('passes bytes both ways', async () => {
    const socket = await open()
    socket.write('hello')
    expect(await answer(socket, 2000)).toBe('hello')
  })

  it('holds bytes in a blackhole and delivers them when it opens', async () => {
    const socket = await open()
    proxy.set({ kind: 'blackhole' })
    socket.write('late')
    expect(await answer(socket, 100)).toBeUndefined()
    proxy.set({ kind: 'pass' })
    expect(await answer(socket, 2000)).toBe('late')
  })

  it('delivers later under delay', async () => {
    proxy.set({ kind: 'delay', ms: 60 })
    const socket = await open()
    socket.write('slow')
    expect(await answer(socket, 50)).toBeUndefined()
    expect(await answer(socket, 2000)).toBe('slow')
  })

  it('cuts connections on reset', async () => {
    const socket = await open()
    const closed = new Promise((resolve) => socket.once('close', resolve))
    proxy.set({ kind: 'reset' })
    await closed
    expect(socket.destroyed).toBe(true)
  })
})
