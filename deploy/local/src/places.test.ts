import { afterAll, describe, expect, it } from '@jest/globals'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { cacheFolder, ownFolder, systemFolder } from './cache.js'
import { freePort, freePorts, portFrom } from './ports.js'
import { identityOf, isSame } from './process-identity.js'

const folder = mkdtempSync(path.join(tmpdir(), 'places test '))
afterAll(() => rmSync(folder, { recursive: true }))

describe('folders', () => {
  it('are made private, and can be traversed only where PostgreSQL must', () => {
    const cache = cacheFolder({ XDG_CACHE_HOME: path.join(folder, 'x') })
    expect(statSync(cache).mode & 0o777).toBe(0o700)
    expect(cacheFolder({ HOME: folder })).toBe(path.join(folder, '.cache', 'tillit'))
    expect(statSync(systemFolder(folder)).mode & 0o777).toBe(0o755)
  })

  it('are refused when somebody else prepared them', () => {
    const link = path.join(folder, 'link')
    symlinkSync(folder, link)
    expect(() => ownFolder(link, 0o700)).toThrow(/is not a folder/)
    const wide = path.join(folder, 'wide')
    mkdirSync(wide)
    chmodSync(wide, 0o777)
    expect(() => ownFolder(wide, 0o700)).toThrow(/writable for others/)
    if (process.getuid?.() !== 0) expect(() => ownFolder('/', 0o755)).toThrow(/belongs to user 0/)
  })
})

describe('ports', () => {
  it('are free and never given out twice', async () => {
    const ports = await freePorts(20)
    expect(new Set(ports).size).toBe(20)
  })

  it('pass over one that is taken', async () => {
    const server = createServer()
    const taken = await freePort()
    await new Promise<void>((resolve) => server.listen(taken, '127.0.0.1', resolve))
    expect(await portFrom(taken)).toBeGreaterThan(taken)
    await new Promise((resolve) => server.close(resolve))
  })
})

describe('a process', () => {
  it('is known by its start time too', () => {
    const self = identityOf(process.pid)
    expect(self && isSame(self)).toBe(true)
    expect(isSame({ pid: process.pid, startTime: '1' })).toBe(false)
    expect(identityOf(4_194_304)).toBeUndefined()
  })
})
