import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Installs a Debian package unless `present` says that it is there. A system suite fails where it cannot: it never skips.
 * @throws Error of apt-get, e.g. without root.
 */
export async function needs(name: string, present: () => boolean): Promise<void> {
  if (present()) return
  await run('apt-get', ['update', '-q'])
  await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', name])
  if (!present()) throw new Error(`${name} is installed, but what it should bring is missing`)
}
