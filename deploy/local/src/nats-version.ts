import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Older servers ignore per-message time to live, reject `sync_interval`, and lack security fixes. */
export const OLDEST_NATS = '2.11.0'

/** `nats-server: v2.15.2` -> `2.15.2`; undefined where no version stands. */
export function parseVersion(text: string): string | undefined {
  return /\bv?(\d+\.\d+\.\d+)/.exec(text)?.[1]
}

/** Whether `version` is at least `oldest`, by number and not by text. */
export function isAtLeast(version: string, oldest: string): boolean {
  const [a, b] = [version, oldest].map((one) => one.split('.').map(Number))
  const difference = [0, 1, 2].map((place) => (a?.[place] ?? 0) - (b?.[place] ?? 0)).find((step) => step !== 0)
  return (difference ?? 0) >= 0
}

/** The version that a nats-server says it is, or undefined when it does not run. */
export async function versionOf(file: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(file, ['--version'], { timeout: 10_000 })
    return parseVersion(stdout)
  } catch {
    return undefined
  }
}
