import { writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'

export interface Row {
  readonly figure: string
  readonly measured: string
  readonly must: string
  /** Undefined where the file states no bound. */
  readonly met: boolean | undefined
}

const mark = (met: boolean | undefined): string => (met === undefined ? '' : met ? 'met' : 'NOT MET')

export function printTable(rows: readonly Row[]): string {
  const cells = [
    ['figure', 'measured', 'must', ''],
    ...rows.map((row) => [row.figure, row.measured, row.must, mark(row.met)]),
  ]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => (row[column] as string).length)))
  return cells
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] as number))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

const markdown = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

/** Writes docs/performance.md: figures with date, machine, versions and command. */
export function writeReport(
  file: string,
  content: {
    rows: readonly Row[]
    runs: readonly (readonly string[])[]
    versions: Record<string, string>
    notes: string
  },
): void {
  const model = cpus()[0]?.model ?? 'unknown'
  const text = `# Performance

Written by \`make bench\` on ${new Date().toISOString().slice(0, 10)}: ${model}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, shared and noisy.
${Object.entries(content.versions)
  .map(([name, version]) => `${name} ${version}`)
  .join(', ')}. ES256 assertion, DPoP proof with nonce, ES256 token. Nothing is
pinned to a core; the load generator shares the machine. Use the ratios, and measure your own.

## Targets

${markdown(
  ['figure', 'measured', 'must', ''],
  content.rows.map((row) => [row.figure, row.measured, row.must, mark(row.met)]),
)}

## Runs

Medians over alternating runs, CPU in microseconds per token.

${markdown(['system', 'connections', 'tokens/s', 'CPU', 'of which', 'p50 ms', 'p99 ms'], content.runs)}

${content.notes}
`
  writeFileSync(file, text)
}
