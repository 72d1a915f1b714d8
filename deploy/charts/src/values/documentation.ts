import { commonNames, freeNames } from './service-config.js'
import type { ServiceConfig } from './service-config.js'
import { valueRows } from './values-table.js'

const BEGIN = '<!-- generated: begin -->'
const END = '<!-- generated: end -->'

/** The README with its generated part written anew. Throws when a marker is missing. */
export function withDocumentation(readme: string, valuesYaml: string, services: readonly ServiceConfig[]): string {
  const begin = readme.indexOf(BEGIN)
  const end = readme.indexOf(END)
  if (begin < 0 || end < begin) throw new Error(`README.md lacks ${BEGIN} or ${END}`)
  const parts = [BEGIN, '', ...valuesPart(valuesYaml), '', ...configPart(services), '']
  return readme.slice(0, begin) + parts.join('\n') + readme.slice(end)
}

function valuesPart(valuesYaml: string): string[] {
  const rows = valueRows(valuesYaml).map((row) => [`\`${row.path}\``, row.byDefault, row.meaning])
  return ['### Values', '', ...table(['value', 'default', 'meaning'], rows)]
}

function configPart(services: readonly ServiceConfig[]): string[] {
  const common = commonNames(services)
  const intro = [
    '### Configuration of the services',
    '',
    'Variables for `config`, as the services themselves define them; the chart writes all others from the values above.',
    `Under \`common.config\`: ${common.map((name) => `\`${name}\``).join(', ')}.`,
  ]
  const tables = services.flatMap((service) => ['', `\`${service.section}.config\``, '', ...configTable(service)])
  return [...intro, ...tables]
}

function configTable(service: ServiceConfig): string[] {
  const rows = freeNames(service).map((name) => {
    const schema = service.properties[name] as { default?: unknown } | undefined
    const unset = service.required.includes(name) ? 'required' : 'unset'
    const byDefault = schema?.default === undefined ? unset : `\`${JSON.stringify(schema.default)}\``
    return [`\`${name}\``, byDefault, service.meanings[name] ?? '']
  })
  return table(['variable', 'default', 'meaning'], rows)
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)]
}
