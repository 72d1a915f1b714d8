// Flags whose value we have no use for, so that the value is not taken for something else.
const IGNORED_WITH_VALUE = new Set(['--enabled-preview-features', '--extension-types'])

/**
 * The command line that the Prisma CLI gives its schema engine.
 * @param {string[]} argv without node and the script
 * @returns {{ version: boolean, datamodels: string[], datasource: { url?: string, shadowDatabaseUrl?: string }, command?: string }}
 * @throws {Error} on a flag of another Prisma version: better to stop than to migrate half-understood
 */
export function parseArguments(argv) {
  const parsed = { version: false, datamodels: [], datasource: {} }
  const rest = [...argv]
  while (rest.length > 0) {
    const flag = rest.shift()
    if (flag === '--version') parsed.version = true
    else if (flag === '--datamodels' || flag === '-d') parsed.datamodels.push(valueOf(flag, rest))
    else if (flag === '--datasource') parsed.datasource = JSON.parse(valueOf(flag, rest))
    else if (flag === 'cli') parsed.command = valueOf(flag, rest)
    else if (IGNORED_WITH_VALUE.has(flag)) valueOf(flag, rest)
    else throw new Error(`unknown argument ${flag}: this stand-in is made for the Prisma version in package.json`)
  }
  return parsed
}

function valueOf(flag, rest) {
  const value = rest.shift()
  if (value === undefined) throw new Error(`${flag} needs a value`)
  return value
}
