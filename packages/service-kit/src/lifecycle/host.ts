/** What `run` needs of the process: replaced in tests. */
export interface Host {
  on(event: 'SIGTERM' | 'SIGINT', listener: () => void): void
  onFatal(listener: (error: unknown) => void): void
  exit(code: number): void
  sleep(ms: number): Promise<void>
  stderr(line: string): void
}

export const processHost: Host = {
  on: (event, listener) => void process.on(event, listener),
  onFatal: (listener) => {
    process.on('uncaughtException', listener)
    process.on('unhandledRejection', listener)
  },
  exit: (code) => process.exit(code),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  stderr: (line) => void process.stderr.write(`${line}\n`),
}
