import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const requirePrisma = createRequire(import.meta.url)
const PRISMA = path.join(path.dirname(requirePrisma.resolve('prisma/package.json')), 'build/index.js')
export const STAND_IN = fileURLToPath(new URL('../schema-engine', import.meta.url))

/** Nothing of Prisma's may reach for the network, ask a question or advertise. */
const QUIET = { CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1', NO_UPDATE_NOTIFIER: '1' }

/**
 * Runs the pinned Prisma CLI on this Node.
 * @param {string[]} args
 * @param {{ cwd: string, engine: string, env?: Record<string, string>, quiet?: boolean }} options `engine`: the schema engine binary
 * @returns {Promise<number>} its exit code; with `quiet` its output appears only when it fails
 */
export function runPrisma(args, { cwd, engine, env = {}, quiet = false }) {
  const child = spawn(process.execPath, [PRISMA, ...args], {
    cwd,
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    env: { ...process.env, ...QUIET, ...env, PRISMA_SCHEMA_ENGINE_BINARY: engine, TILLIT_NODE: process.execPath },
  })
  const output = []
  child.stdout?.on('data', (chunk) => output.push(chunk))
  child.stderr?.on('data', (chunk) => output.push(chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      if (code !== 0) process.stderr.write(Buffer.concat(output))
      resolve(code ?? 1)
    })
  })
}
