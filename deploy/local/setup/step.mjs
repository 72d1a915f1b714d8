import { spawn } from 'node:child_process'
import { performance } from 'node:perf_hooks'
import { clearInterval, setInterval } from 'node:timers'
import { fileURLToPath } from 'node:url'

/** The clone's folder, with a slash at the end. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** Something the person at the terminal can act on: printed without a stack. */
export class Trouble extends Error {}

const tty = process.stdout.isTTY && !process.env.NO_COLOR
const paint = (code, text) => (tty ? `\u001b[${code}m${text}\u001b[0m` : text)
const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`
const line = (mark, name, text) => `  ${mark} ${name.padEnd(13)} ${text}`

/**
 * Runs one step and prints a line with its result and time; on a terminal a running one counts its seconds.
 * @param {string} name
 * @param {(say: (text: string) => void) => Promise<string>} work answers a few words about the result
 */
export async function step(name, work) {
  const started = performance.now()
  let doing = ''
  const show = () =>
    process.stdout.write(`\r\u001b[2K${line(paint(36, '·'), name, `${doing} ${paint(2, seconds(started))}`)}`)
  const timer = tty && setInterval(show, 200)
  const say = (text) => {
    doing = text
    if (tty) show()
    else console.log(line('·', name, text))
  }
  let result
  try {
    result = await work(say)
  } finally {
    clearInterval(timer)
    if (tty) process.stdout.write('\r\u001b[2K')
  }
  console.log(line(paint(32, '✓'), name, `${result} ${paint(2, `(${seconds(started)})`)}`))
}

/**
 * Runs a program in the clone; its output is kept back and shown when it fails.
 * @returns {Promise<string>} its standard output
 * @throws {Trouble} naming the command
 */
export function run(command, args, { env = {}, cwd = ROOT } = {}) {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, all] = [[], []]
  child.stdout.on('data', (chunk) => (out.push(chunk), all.push(chunk)))
  child.stderr.on('data', (chunk) => all.push(chunk))
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new Trouble(`cannot run ${command}: ${error.message}`)))
    child.on('close', (code) => {
      if (code === 0) return resolve(Buffer.concat(out).toString())
      reject(new Trouble(`${Buffer.concat(all).toString().trim()}\n\nfailed: ${command} ${args.join(' ')}`))
    })
  })
}
