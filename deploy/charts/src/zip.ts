import { inflateRawSync } from 'node:zlib'

const END_OF_DIRECTORY = 0x06054b50
const DIRECTORY_ENTRY = 0x02014b50
const LOCAL_ENTRY = 0x04034b50
const END_SIZE = 22
const MAX_COMMENT = 0xffff

/**
 * One file of a zip archive (PKWARE APPNOTE, sections 4.3.7, 4.3.12 and 4.3.16), stored or deflated; no zip64, no encryption.
 * Throws when the archive is damaged or has no file of that name.
 */
export function readZipEntry(archive: Buffer, name: string): Buffer {
  const end = findEnd(archive)
  let offset = archive.readUInt32LE(end + 16)
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    if (archive.readUInt32LE(offset) !== DIRECTORY_ENTRY) throw new Error('the zip directory is damaged')
    const nameLength = archive.readUInt16LE(offset + 28)
    if (archive.toString('utf8', offset + 46, offset + 46 + nameLength) === name) return contentOf(archive, offset)
    offset += 46 + nameLength + archive.readUInt16LE(offset + 30) + archive.readUInt16LE(offset + 32)
  }
  throw new Error(`the zip archive has no file ${name}`)
}

function findEnd(archive: Buffer): number {
  const earliest = Math.max(0, archive.length - END_SIZE - MAX_COMMENT)
  for (let at = archive.length - END_SIZE; at >= earliest; at--) {
    if (archive.readUInt32LE(at) === END_OF_DIRECTORY) return at
  }
  throw new Error('this is not a zip archive')
}

function contentOf(archive: Buffer, directoryEntry: number): Buffer {
  const method = archive.readUInt16LE(directoryEntry + 10)
  const compressedSize = archive.readUInt32LE(directoryEntry + 20)
  const size = archive.readUInt32LE(directoryEntry + 24)
  const local = archive.readUInt32LE(directoryEntry + 42)
  if (archive.readUInt32LE(local) !== LOCAL_ENTRY) throw new Error('the zip entry is damaged')
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
  const raw = archive.subarray(start, start + compressedSize)
  if (method !== 0 && method !== 8) throw new Error(`zip method ${method} is not supported`)
  const content = method === 0 ? raw : inflateRawSync(raw, { maxOutputLength: size })
  if (content.length !== size) throw new Error('the zip entry has another size than the directory says')
  return content
}
