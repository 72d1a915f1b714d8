import { clearLine, cursorTo } from 'node:readline'
import pc from 'picocolors'

const tty = process.stdout.isTTY
const WIDTH = 13

export const since = (started: number): string => {
  const ms = performance.now() - started
  return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`
}

export const say = (text = ''): void => void process.stdout.write(`${text}\n`)
export const title = (text: string): void => say(`\n${pc.bold(text)}\n`)
export const detail = (text: string): void => say(text.replace(/^/gm, '     '))
export const dim = (text: string): string => pc.dim(text)
export const good = (text: string): string => pc.green(text)
export const strong = (text: string): string => pc.bold(text)

/** One part of a story: a number, a sentence, and what came of it. */
export function chapter(number: number, text: string): void {
  say(`\n  ${pc.cyan(String(number))}  ${pc.bold(text)}`)
}

/** A line for something that takes its time: on a terminal it counts seconds, elsewhere it appears when done. */
export class Progress {
  readonly #started = performance.now()
  readonly #name: string
  #doing = ''
  #timer: NodeJS.Timeout | undefined

  constructor(name: string) {
    this.#name = name
    if (tty) this.#timer = setInterval(() => this.#show(), 100)
  }

  doing(text: string): void {
    this.#doing = text
    if (!tty) say(`  · ${this.#name.padEnd(WIDTH)} ${text}`)
  }

  done(result: string): void {
    this.#clear()
    say(`  ${pc.green('✓')} ${this.#name.padEnd(WIDTH)} ${result} ${pc.dim(`(${since(this.#started)})`)}`)
  }

  failed(): void {
    this.#clear()
    say(`  ${pc.red('✗')} ${this.#name.padEnd(WIDTH)} ${this.#doing}`)
  }

  #show(): void {
    cursorTo(process.stdout, 0)
    process.stdout.write(`  ${pc.cyan('·')} ${this.#name.padEnd(WIDTH)} ${this.#doing} ${pc.dim(since(this.#started))}`)
    clearLine(process.stdout, 1)
  }

  #clear(): void {
    clearInterval(this.#timer)
    if (!tty) return
    cursorTo(process.stdout, 0)
    clearLine(process.stdout, 0)
  }
}

/** JSON that a person reads: names dimmed, values plain. */
export function prettyJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replace(
    /^(\s*)("[^"]+"):/gm,
    (_, indent: string, name: string) => `${indent}${pc.cyan(name)}:`,
  )
}
