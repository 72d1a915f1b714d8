import { afterAll, describe, expect, it } from '@jest/globals'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { mirrorOf } from './nats-fetch.js'
import { findNatsServer } from './nats-find.js'
import { isAtLeast, parseVersion } from './nats-version.js'

const folder = mkdtempSync(path.join(tmpdir(), 'nats find '))
afterAll(() => rmSync(folder, { recursive: true }))

function server(place: string, version: string): string {
  const file = path.join(folder, place, 'nats-server')
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, `#!/bin/sh\necho 'nats-server: v${version}'\n`)
  chmodSync(file, 0o755)
  return file
}
const cacheHome = path.join(folder, 'cache')
const find = (env: NodeJS.ProcessEnv): ReturnType<typeof findNatsServer> =>
  findNatsServer({ env: { XDG_CACHE_HOME: cacheHome, ...env }, mayFetch: false })

describe('versions', () => {
  it('are read and compared by number', () => {
    expect(parseVersion('nats-server: v2.15.2')).toBe('2.15.2')
    expect(parseVersion('nats-server: v2.15.1-dev')).toBe('2.15.1')
    expect(parseVersion('command not found')).toBeUndefined()
    expect(isAtLeast('2.9.10', '2.11.0')).toBe(false)
    expect(isAtLeast('2.11.0', '2.11.0')).toBe(true)
    expect(isAtLeast('3.0.0', '2.11.0')).toBe(true)
    expect(isAtLeast('2.10.99', '2.11.0')).toBe(false)
  })
})

describe('finding nats-server', () => {
  it('refuses a named one that is old or broken, and says what to do', async () => {
    await expect(find({ NATS_SERVER_BIN: server('named old', '2.9.10') })).rejects.toThrow(
      /2\.9\.10; Tillit needs 2\.11/,
    )
    await expect(find({ NATS_SERVER_BIN: '/bin/true' })).rejects.toThrow(/correct NATS_SERVER_BIN/)
  })

  it('passes over an old one on the PATH and takes a newer one from the cache', async () => {
    const old = server('old', '2.9.10')
    await expect(find({ PATH: path.dirname(old) })).rejects.toThrow(/make setup[^]*is 2\.9\.10/)
    const cached = path.join(cacheHome, 'tillit', 'bin', 'nats-server-2.15.1')
    mkdirSync(path.dirname(cached), { recursive: true })
    writeFileSync(cached, "#!/bin/sh\necho 'nats-server: v2.15.1'\n")
    chmodSync(cached, 0o755)
    expect(await find({ PATH: path.dirname(old) })).toMatchObject({ file: cached, version: '2.15.1' })
    const newer = server('new', '2.12.0')
    expect(await find({ PATH: path.dirname(newer) })).toMatchObject({ file: newer })
    expect(await find({ PATH: '', NATS_SERVER_BIN: newer })).toMatchObject({ file: newer })
  })
})

describe("the machine's mirror", () => {
  it.each([
    ['deb http://mirror.example/debian bookworm main\n', 'http://mirror.example/debian'],
    ['deb [signed-by=/x.gpg] https://m.example/pub/debian/ bookworm main', 'https://m.example/pub/debian'],
    [
      'Types: deb\nURIs: http://deb.debian.org/debian-security\n\nTypes: deb\nURIs: http://m.example/debian\n',
      'http://m.example/debian',
    ],
    ['# deb http://commented.example/debian sid main\n', 'http://deb.debian.org/debian'],
  ])('is read from %j', (sources, mirror) => expect(mirrorOf(sources)).toBe(mirror))
})
