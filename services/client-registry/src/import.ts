import { readFile } from 'node:fs/promises'
import { ConfigError, createLogger } from '@tillit/service-kit'
import { importConfig, type ImportConfig } from './config.js'
import { importDocument, type ImportResult } from './domain/import-document.js'
import { ImportRefused } from './domain/problems.js'
import { locate, readDocument } from './read-document.js'
import { openStores } from './store/open-stores.js'

const USAGE = 'usage: node dist/import.js <file.yaml|file.json> [--dry-run]'

/** sysexits.h: usage, bad data, unavailable, configuration. */
const EXIT = { usage: 64, data: 65, unavailable: 69, config: 78 } as const

class Refused extends Error {
  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message)
  }
}

/** Imports a file into the registry's database; a running registry publishes the changes. */
async function importFile(file: string, dryRun: boolean, config: ImportConfig): Promise<ImportResult> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Refused(`${file}: cannot be read`, EXIT.data)
  })
  const parsed = readDocument(text)
  const lines = (found: readonly { line: number; column: number; text: string }[]) =>
    new Refused(found.map((one) => `${file}:${one.line}:${one.column}: ${one.text}`).join('\n'), EXIT.data)
  if (parsed.problems.length > 0) throw lines(parsed.problems.map((one) => ({ ...one, text: one.message })))

  const environment = config.TILLIT_ENVIRONMENT
  const log = createLogger({ service: 'client-registry', instance: 'import', level: config.LOG_LEVEL, environment })
  const { database, store } = openStores(config, log, Date.now)
  const silent = { kick: (): void => undefined }
  try {
    const rules = { environment, now: Date.now() }
    const result = await importDocument(parsed.value, { actor: 'import', dryRun }, { store, relay: silent, rules })
    for (const { line, column, text } of locate(result.warnings, parsed)) {
      process.stderr.write(`${file}:${line}:${column}: warning: ${text}\n`)
    }
    return result
  } catch (error) {
    if (error instanceof ImportRefused) throw lines(locate(error.problems, parsed))
    throw error
  } finally {
    await database.stop?.()
  }
}

function report(file: string, { changes, unchanged, dryRun }: ImportResult): string {
  const lines = changes.map(
    ({ kind, subject, action, revision }) => `  ${revision} ${kind} ${subject.join(' ')} ${action}`,
  )
  const head = `${file}: ${changes.length} changed, ${unchanged} unchanged${dryRun ? ' (dry run, nothing kept)' : ''}`
  return [head, ...lines].join('\n')
}

async function main(args: readonly string[]): Promise<string> {
  const files = args.filter((arg) => !arg.startsWith('--'))
  const [file] = files
  if (file === undefined || files.length > 1 || args.some((arg) => arg.startsWith('--') && arg !== '--dry-run')) {
    throw new Refused(USAGE, EXIT.usage)
  }
  return report(file, await importFile(file, args.includes('--dry-run'), importConfig()))
}

try {
  process.stdout.write(`${await main(process.argv.slice(2))}\n`)
} catch (error) {
  const code = error instanceof Refused ? error.exitCode : error instanceof ConfigError ? EXIT.config : EXIT.unavailable
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = code
}
