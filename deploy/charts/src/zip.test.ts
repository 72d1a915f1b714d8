import { deflateRawSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import { readZipEntry } from './zip.js'

interface Entry {
  readonly name: string
  readonly content: string
  readonly method: 0 | 8
}

/** An archive as a zip tool lays it out: local entries, the directory, the end record. */
function archiveOf(entries: readonly Entry[]): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, content, method } of entries) {
    const raw = Buffer.from(content)
    const body = method === 8 ? deflateRawSync(raw) : raw
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(name.length, 26)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50, 0)
    entry.writeUInt16LE(method, 10)
    entry.writeUInt32LE(body.length, 20)
    entry.writeUInt32LE(raw.length, 24)
    entry.writeUInt16LE(name.length, 28)
    entry.writeUInt32LE(offset, 42)
    const piece = Buffer.concat([local, Buffer.from(name), body])
    locals.push(piece)
    directory.push(entry, Buffer.from(name))
    offset += piece.length
  }
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, ...directory, end])
}

describe('readZipEntry', () => {
  const archive = archiveOf([
    { name: 'plain', content: 'as it is', method: 0 },
    { name: 'folder/packed', content: 'again and again and again', method: 8 },
  ])

  it('reads a stored and a deflated file', () => {
    expect(readZipEntry(archive, 'plain').toString()).toBe('as it is')
    expect(readZipEntry(archive, 'folder/packed').toString()).toBe('again and again and again')
  })

  it('finds the end record before a comment', () => {
    const commented = Buffer.concat([archive, Buffer.from('a comment')])
    expect(readZipEntry(commented, 'plain').toString()).toBe('as it is')
  })

  it('refuses an absent file, another format and a cut archive', () => {
    expect(() => readZipEntry(archive, 'absent')).toThrow('no file absent')
    expect(() => readZipEntry(Buffer.alloc(100), 'plain')).toThrow('not a zip archive')
    expect(() => readZipEntry(archive.subarray(0, archive.length - 30), 'plain')).toThrow('not a zip archive')
  })

  it('refuses an entry whose content is longer than the directory says', () => {
    const lying = Buffer.from(archive)
    const entry = lying.indexOf(Buffer.from([0x50, 0x4b, 1, 2]), lying.indexOf('folder/packed') + 20)
    lying.writeUInt32LE(3, lying.indexOf(Buffer.from([0x50, 0x4b, 1, 2]), entry + 4) + 24)
    expect(() => readZipEntry(lying, 'folder/packed')).toThrow()
  })
})
