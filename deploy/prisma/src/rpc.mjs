// The names that differ between the CLI's protocol and the WebAssembly engine.
const RENAMED = { getDatabaseVersion: 'version' }
const RPC_FAILED = 4466

/**
 * Answers one JSON-RPC request of the Prisma CLI.
 * @param {object} engine the SchemaEngine of @prisma/schema-engine-wasm
 * @param {{ id: number, method: string, params?: object }} request
 * @returns {Promise<object[]>} the messages to write, one a line, in order
 */
export async function answer(engine, request) {
  try {
    const method = RENAMED[request.method] ?? request.method
    if (typeof engine[method] !== 'function') throw new Error(`the stand-in does not know the method ${request.method}`)
    const result = (await engine[method](request.params)) ?? {}
    const reply = { jsonrpc: '2.0', id: request.id, result }
    return request.method === 'diff' && result.stdout ? [printed(result.stdout), reply] : [reply]
  } catch (error) {
    return [failed(request.id, error)]
  }
}

// The native engine prints a diff itself, by a call back to the CLI; the CLI does not look at `stdout` in the result.
const printed = (content) => ({ jsonrpc: '2.0', method: 'print', params: { content }, id: 0 })

function failed(id, error) {
  const message = error?.message ?? String(error)
  const data = { is_panic: false, message, error_code: error?.code }
  return { jsonrpc: '2.0', id, error: { code: RPC_FAILED, message, data } }
}
