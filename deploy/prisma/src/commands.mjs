import { databaseOf, quoted, runOnce, withDatabase } from './database.mjs'

const MISSING_DATABASE = '3D000'

const COMMANDS = {
  'can-connect-to-database': (url) => runOnce(url, 'select 1'),
  'create-database': (url) => runOnce(withDatabase(url, 'postgres'), `create database ${quoted(databaseOf(url))}`),
  'drop-database': (url) =>
    runOnce(withDatabase(url, 'postgres'), `drop database ${quoted(databaseOf(url))} with (force)`),
}

/**
 * The engine's one-shot commands. The CLI reads a failure as a JSON log line on stderr, after an empty one.
 * @returns {Promise<number>} the exit code
 */
export async function runCommand(name, url) {
  try {
    const command = COMMANDS[name]
    if (!command) throw new Error(`the stand-in has no command ${name}`)
    await command(url)
    return 0
  } catch (error) {
    const fields = { message: error.message, error_code: error.code === MISSING_DATABASE ? 'P1003' : 'P1001' }
    const line = { timestamp: new Date().toISOString(), level: 'ERROR', fields, target: 'schema_engine::logger' }
    process.stderr.write(`\n${JSON.stringify(line)}`)
    return 1
  }
}
