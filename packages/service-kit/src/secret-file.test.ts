import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { afterAll, describe, expect, it } from '@jest/globals'
import { ConfigError } from './config.js'
import { readSecretFile, readTextFile } from './secret-file.js'

const folder = mkdtempSync(join(tmpdir(), 'tillit-secret-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = (content: string): string => {
  const path = join(folder, randomBytes(4).toString('hex'))
  writeFileSync(path, content)
  return path
}

describe('secret files', () => {
  it('reads 32 bytes of base64url and ignores the last line break', () => {
    const key = randomBytes(32)
    expect(readSecretFile(file(`${key.toString('base64url')}\n`))).toEqual(key)
  })

  it.each([
    ['too short', randomBytes(16).toString('base64url')],
    ['hex', randomBytes(32).toString('hex')],
    ['empty', ''],
    ['base64 with other signs', `${'+/'.repeat(21)}A`],
  ])('refuses a key that is %s, without telling it', (_what, content) => {
    const path = file(content)
    expect(() => readSecretFile(path)).toThrow(ConfigError)
    expect(() => readSecretFile(path)).toThrow(`${path} must hold 32 random bytes in base64url`)
  })

  it('names the path of a file that is not there', () => {
    const path = join(folder, 'nothing')
    expect(() => readTextFile(path)).toThrow(`${path} cannot be read (ENOENT)`)
  })
})
