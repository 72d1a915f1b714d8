import { checkCharts, generate } from './check.js'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

if (process.argv[2] === 'generate') {
  for (const file of await generate()) say(`wrote ${file}`)
} else {
  const complaints = await checkCharts(say)
  for (const complaint of complaints) process.stderr.write(`${complaint}\n`)
  process.exitCode = complaints.length === 0 ? 0 : 1
}
