import { readdirSync, readFileSync } from 'node:fs'

/** CPU time that a process and all its threads have used, in microseconds; waiting does not count. */
export function cpuMicroseconds(pid: number): number {
  let nanoseconds = 0
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    try {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0])
    } catch {
      // The thread ended between listing and reading: its time is lost, which is a rounding error here.
    }
  }
  return nanoseconds / 1000
}

/** Resident memory of a process, in megabytes. */
export function rssMegabytes(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1] ?? 0) / 1024
}

/** Sum over several processes. */
export const cpuOf = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + cpuMicroseconds(pid), 0)
