import { readFileSync } from 'node:fs'

/** A process id alone may be handed out again; together with its start time it names one process for good. */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks since boot, from /proc/<pid>/stat. */
  readonly startTime: string
}

/** Who runs under this id now, or undefined when nobody does (a zombie is nobody). */
export function identityOf(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name stands in parentheses and may hold anything, also spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : { pid, startTime: fields[19] ?? '' }
  } catch {
    return undefined
  }
}

export const isSame = (process: ProcessIdentity): boolean => identityOf(process.pid)?.startTime === process.startTime
