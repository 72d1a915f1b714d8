// A stand-in for the native schema engine that the Prisma CLI would download: it speaks the same JSON-RPC on stdio and
// does the work with @prisma/schema-engine-wasm through @prisma/adapter-pg. See ../README.md.
import { readFileSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg'
import { parseArguments } from './arguments.mjs'
import { runCommand } from './commands.mjs'
import { MigrationDatabase } from './database.mjs'
import { answer } from './rpc.mjs'

// The WebAssembly reports a panic here and is unusable afterwards; 101 is how the CLI recognises a panicked engine.
globalThis.PRISMA_WASM_PANIC_REGISTRY = {
  set_message(message) {
    const line = { timestamp: new Date().toISOString(), level: 'ERROR', fields: { message }, target: 'schema_engine' }
    writeSync(process.stderr.fd, `${JSON.stringify(line)}\n`)
    process.exit(101)
  },
}

async function loadEngine({ datamodels, datasource }) {
  const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm')
  const wasm = readFileSync(new URL('schema_engine_bg.wasm', `file://${encodeURI(entry)}`))
  const { instance } = await WebAssembly.instantiate(wasm, { './schema_engine_bg.js': bindings })
  bindings.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
  const models = datamodels.length > 0 ? datamodels.map((file) => [file, readFileSync(file, 'utf8')]) : undefined
  const database = bindMigrationAwareSqlAdapterFactory(new MigrationDatabase(datasource))
  return bindings.SchemaEngine.new({ datamodels: models }, () => {}, database)
}

async function serve(engine) {
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === '') continue
    for (const message of await answer(engine, JSON.parse(line))) process.stdout.write(`${JSON.stringify(message)}\n`)
  }
}

const options = parseArguments(process.argv.slice(2))
if (options.version) {
  process.stdout.write(`schema-engine-cli ${bindings.version?.() ?? 'wasm'}\n`)
  process.exit(0)
}
if (options.command) process.exit(await runCommand(options.command, options.datasource.url))
await serve(await loadEngine(options))
process.exit(0)
